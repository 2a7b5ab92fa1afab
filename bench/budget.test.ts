import { expect, test } from 'vitest'
import { budgetViolations } from './budget.ts'
import type { PhaseFigures } from './figures.ts'

function phase(change: Partial<PhaseFigures> = {}): PhaseFigures {
  return {
    wallSeconds: 1,
    cpuSeconds: { worker: 1, apiserver: 1, etcd: 1 },
    requests: {},
    requestsBesidesUpkeep: 0,
    writes: 0,
    writesByResource: {},
    listsByResource: {},
    helmRequests: 0,
    serverRequests: {},
    peakMiB: { worker: 1, apiserver: 1, etcd: 1 },
    ...change,
  }
}

const bookkeeping = { secrets: 20, tenantreleases: 10, 'tenants/status': 10, 'tenantplans/status': 1 }
const lists = { namespaces: 2, endpointslices: 2, tenants: 1 }

test('what changed and its bookkeeping are within the budget, and so are the lists of a restart', () => {
  const upgrade = phase({ writesByResource: { ...bookkeeping, deployments: 10 } })
  const phases = { upgrade, idle: phase(), restart: phase({ requestsBesidesUpkeep: 40, listsByResource: lists }) }
  expect(budgetViolations({ tenants: 10, changedObjects: 1, phases })).toEqual([])
})

test('each excess is told with what it consists of', () => {
  const phases = {
    install: phase({ helmRequests: 17 }),
    upgrade: phase({
      renders: 11,
      writesByResource: { ...bookkeeping, secrets: 21, events: 1, deployments: 10, services: 1 },
    }),
    idle: phase({ requestsBesidesUpkeep: 2, requests: { watch: 12, get: 2 } }),
    restart: phase({
      requestsBesidesUpkeep: 41,
      requests: { get: 20, list: 20, patch: 1 },
      writes: 1,
      writesByResource: { 'tenants/status': 1 },
      listsByResource: { ...lists, services: 2 },
      renders: 1,
      helmRequests: 3,
    }),
  }
  expect(budgetViolations({ tenants: 10, changedObjects: 1, phases })).toEqual([
    'upgrade: 21 writes of secrets, 20 are allowed',
    'upgrade: 1 writes of events, 0 are allowed',
    'upgrade: 11 writes of objects, 10 are allowed (secrets 21, tenantreleases 10, tenants/status 10, tenantplans/status 1, events 1, deployments 10, services 1)',
    'idle: 2 requests besides watches and leases, 0 are allowed (watch 12, get 2)',
    'restart: 41 requests besides watches and leases, 40 are allowed (get 20, list 20, patch 1)',
    'restart: 2 lists of services, 1 are allowed',
    'restart: 1 writes, 0 are allowed (tenants/status 1)',
    'upgrade: 11 renders, 10 are allowed',
    'restart: 1 renders, 0 are allowed',
    'install: 17 requests of helm, 0 are allowed',
    'restart: 3 requests of helm, 0 are allowed',
  ])
})
