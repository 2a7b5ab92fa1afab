/** What a real Proxmox VE answered to requests like ours: every answer can be read, and every refusal is understood. */
import { beforeEach, expect, test } from 'vitest'
import { NO_SHARED_DATA, readScenarios, type ScenarioStep, sharedDataFolder } from '../../test/make/shared-data.ts'
import { refusalOf, taskRefusal } from './refusal.ts'
import type { Route } from './route.ts'
import { ROUTES } from './routes.ts'

const folder = sharedDataFolder()
const steps = folder === undefined ? [] : readScenarios(folder).flatMap(scenario => scenario.steps)
beforeEach(context => context.skip(folder === undefined, NO_SHARED_DATA))

/** Those that stand for any text, or for a request that this client cannot make. */
const NOT_UNDERSTOOD = [
  /^Can't use string|^Not a HASH|character offset/,
  /^Method '.*' not implemented|^method 'PATCH'|^Unexpected content|^upload 'Content-Type/,
  /^unable to get any free VMID in range/,
  /^Linked clone feature is not supported|^parameter 'storage' not allowed for linked clones/,
  /^can't clone to non-shared storage|^unable to create template|^can't migrate running VM/,
  /^unable to use snapshot name|^volume_size_info on/,
  /^you can't (?:convert|move|take)|^invalid bootorder|^no options specified/,
  /^create pool failed: pool name must start|^No QEMU guest agent configured/,
  /^create sdn vnet object failed: cannot lookup undefined type/,
  /^missing value for required option|^unexpected property|^auto-generated role/,
  /^(?:job errors|received interrupt|interrupted by signal|shrinking disks is not supported|snapshot feature is not)/,
]

test('every recorded answer to a request of ours can be read', () => {
  const unread = successes().flatMap(({ step, route }) => {
    const { success, error } = route.gives.safeParse((recorded(step.expect?.body) as { data?: unknown }).data)
    return success ? [] : [`${step.call}: ${error.message}`]
  })
  expect(unread).toEqual([])
  expect(successes().length).toBeGreaterThan(400)
})

test('every recorded refusal is understood, with version 8, which has no message in the body, too', () => {
  const unknown = refusals().flatMap(({ status, reason, body }) =>
    [body, body.replace(/"message":"(?:[^"\\]|\\.)*",?/, '')]
      .map(text => refusalOf({ status, reason, body: text }))
      .filter(({ kind, why }) => kind === 'unknown' && !NOT_UNDERSTOOD.some(pattern => pattern.test(why)))
      .map(({ why }) => `${status} ${why}`),
  )
  expect([...new Set(unknown)]).toEqual([])
  expect(refusals().length).toBeGreaterThan(300)
})

test('every recorded failure of a task is understood', () => {
  const unknown = steps
    .flatMap(({ wait, expect: expected }) => (wait === undefined ? [] : [expected?.exitstatus ?? 'OK']))
    .filter(exit => exit !== 'OK')
    .map(taskRefusal)
    .filter(({ kind, why }) => kind === 'unknown' && !NOT_UNDERSTOOD.some(pattern => pattern.test(why)))
  expect(unknown).toEqual([])
})

function successes(): { step: ScenarioStep; route: Route }[] {
  return steps.flatMap(step => {
    const { status, body } = step.expect ?? {}
    const route = routeOf(step)
    return status === 200 && route !== undefined && typeof body === 'object' ? [{ step, route }] : []
  })
}

function refusals(): { status: number; reason: string; body: string }[] {
  return steps.flatMap(({ call = '', expect: expected }) => {
    const { status = 0, reason = '', body } = expected ?? {}
    if (status < 400 || /firewall|backup|vzdump|cluster\/options|^\w+ \/storage|rrd/.test(call)) return []
    return [{ status, reason, body: typeof body === 'string' ? '' : JSON.stringify(body) }]
  })
}

/** Two routes share a path where a parameter makes the difference. */
function routeOf({ call = '', params = {} }: ScenarioStep): Route | undefined {
  const [method, path = ''] = call.split(' ')
  const fitting = Object.values(ROUTES).filter(route => {
    const pattern = route.path.replaceAll(/\{\w+\}/g, '[^/]+')
    return route.method === method && new RegExp(`^${pattern}$`).test(path)
  })
  return fitting.find(route => (route.takes.shape.poolid === undefined) === (params.poolid === undefined))
}

const SAMPLES: Readonly<Record<string, unknown>> = {
  '<number>': 1,
  '<epoch>': 1_763_700_000,
  '<pid>': 4711,
  '<upid>': 'UPID:pve1:00001267:00000A2F:691F0B60:qmclone:9000:operator@pve:',
}

/** An answer in the place of its placeholders. */
function recorded(value: unknown): unknown {
  if (value === '<any>') return 'any'
  if (typeof value === 'string') return SAMPLES[value] ?? value.replace(/^<list,>/, '')
  if (Array.isArray(value)) return value.map(recorded)
  if (typeof value !== 'object' || value === null) return value
  if ('items' in value && '$set' in value) return recorded(value.items)
  if ('$every' in value) return [recorded(value.$every)]
  const fields = Object.entries(value).filter(([key]) => !key.startsWith('$'))
  return Object.fromEntries(fields.map(([key, field]) => [key, recorded(field)]))
}
