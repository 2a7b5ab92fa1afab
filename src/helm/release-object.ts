/** Helm's release object: what a render answers and what Helm's records hold. Read: the fields used. Kept: all. */
import { z } from 'zod'
import { HelmError } from './errors.ts'

const hookSchema = z.looseObject({
  name: z.string(),
  kind: z.string(),
  events: z.array(z.string()).nullish(),
})

const releaseObjectSchema = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  version: z.int(),
  info: z.looseObject({ status: z.string() }),
  chart: z.looseObject({ metadata: z.looseObject({ name: z.string(), version: z.string() }) }),
  manifest: z.string().default(''),
  hooks: z.array(hookSchema).nullish(),
})

export type ReleaseObject = z.infer<typeof releaseObjectSchema>

/** @throws HelmError ReleaseUnreadable, naming fields and never their content. */
export function parseReleaseObject(json: string): ReleaseObject {
  const parsed = releaseObjectSchema.safeParse(jsonOf(json))
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'all of it')
  throw unreadable(`these fields are not as Helm writes them: ${[...new Set(fields)].join(', ')}`)
}

/** A parser's message would quote what it stumbled over. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw unreadable('it is not JSON')
  }
}

function unreadable(why: string): HelmError {
  return new HelmError({ reason: 'ReleaseUnreadable', message: `Cannot read a release object: ${why}` })
}

/** Tests are run by people, with `helm test`. */
const LEFT_TO_PEOPLE = new Set(['test', 'test-success', 'test-failure'])

/** @throws HelmError HooksNotSupported, naming each hook: leaving one out in silence would be worse. */
export function refuseHooks({ hooks }: ReleaseObject): void {
  const lifecycle = (hooks ?? []).filter(({ events }) => (events ?? []).some(event => !LEFT_TO_PEOPLE.has(event)))
  if (lifecycle.length === 0) return
  const names = lifecycle.map(({ kind, name, events }) => `${kind} ${name} (${(events ?? []).join(', ')})`)
  throw new HelmError({
    reason: 'HooksNotSupported',
    message: `The chart has hooks, which are not supported yet: ${names.join('; ')}`,
  })
}
