import { expect, test } from 'vitest'
import { countedBy, isUpkeep, isWrite, requestsOf } from './audit.ts'

const OPERATOR = 'system:serviceaccount:tenantry-system:tenantry-operator'

function line(event: Record<string, unknown> = {}): string {
  return JSON.stringify({
    stage: 'ResponseComplete',
    verb: 'patch',
    requestURI: '/apis/apps/v1/namespaces/tenant-acme/deployments/api?force=true',
    requestReceivedTimestamp: '2026-01-01T00:00:00.000000Z',
    userAgent: 'node',
    user: { username: OPERATOR },
    impersonatedUser: { username: 'system:serviceaccount:tenant-acme:tenantry-release' },
    responseStatus: { code: 200 },
    objectRef: { resource: 'deployments', namespace: 'tenant-acme', name: 'api' },
    ...event,
  })
}

test('a request belongs to who authenticated, impersonating or not', () => {
  const log = [line(), line({ user: { username: 'admin' }, impersonatedUser: { username: OPERATOR } })].join('\n')
  expect(requestsOf(`${log}\n`, OPERATOR)).toEqual([
    {
      verb: 'patch',
      resource: 'deployments',
      namespace: 'tenant-acme',
      name: 'api',
      status: 200,
      dryRun: false,
      byHelm: false,
      atMs: Date.UTC(2026, 0, 1),
    },
  ])
})

test('a watch counts when it begins, everything else when it ends', () => {
  const stages = ['ResponseStarted', 'ResponseComplete']
  const log = ['watch', 'get'].flatMap(verb => stages.map(stage => line({ verb, stage }))).join('\n')
  expect(requestsOf(log, OPERATOR).map(({ verb }) => verb)).toEqual(['watch', 'get'])
})

test('dry runs, reads, watches and leases are no writes; a status is one', () => {
  const log = [
    line({ requestURI: '/api/v1/namespaces/a/pods?dryRun=All' }),
    line({ verb: 'get' }),
    line({ objectRef: { resource: 'leases', name: 'tenantry-operator' } }),
    line({ objectRef: { resource: 'tenants', subresource: 'status', name: 'acme' } }),
  ].join('\n')
  const requests = requestsOf(log, OPERATOR)
  expect(requests.map(isWrite)).toEqual([false, false, false, true])
  expect(requests.map(isUpkeep)).toEqual([false, false, true, false])
  expect(requests.at(-1)?.resource).toBe('tenants/status')
})

test('what has no object, such as a discovery of kinds, goes by its path, and helm is known by its name', () => {
  const log = line({ verb: 'get', requestURI: '/apis?timeout=32s', objectRef: undefined, userAgent: 'Helm/4.3.1' })
  expect(requestsOf(log, OPERATOR)).toMatchObject([{ resource: '/apis', byHelm: true }])
})

test('counts are sorted, the most frequent first', () => {
  const log = [line({ verb: 'get' }), line({ verb: 'list' }), line(), line()].join('\n')
  expect(Object.entries(countedBy(requestsOf(log, OPERATOR), ({ verb }) => verb))).toEqual([
    ['patch', 2],
    ['get', 1],
    ['list', 1],
  ])
})
