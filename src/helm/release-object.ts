/** Helm's release object: what a render answers and what Helm's records hold. Read: the fields used. Kept: all. */
import { z } from 'zod'
import { HelmError } from './errors.ts'

const hookSchema = z.looseObject({
  name: z.string(),
  kind: z.string(),
  path: z.string().optional(),
  manifest: z.string().default(''),
  events: z.array(z.string()).nullish(),
  weight: z.int().default(0),
  delete_policies: z.array(z.string()).nullish(),
  /** Helm's own account of it, and for which event it ran: one hook may stand for several. */
  last_run: z
    .looseObject({
      phase: z.string().default(''),
      started_at: z.string().nullish(),
      completed_at: z.string().nullish(),
      event: z.string().nullish(),
    })
    .nullish(),
})

const releaseObjectSchema = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  version: z.int(),
  info: z.looseObject({
    status: z.string(),
    description: z.string().nullish(),
    first_deployed: z.string().nullish(),
  }),
  chart: z.looseObject({ metadata: z.looseObject({ name: z.string(), version: z.string() }) }),
  manifest: z.string().default(''),
  hooks: z.array(hookSchema).nullish(),
  apply_method: z.string().nullish(),
  /** The values that were given. */
  config: z.looseObject({}).nullish(),
})

export type ReleaseObject = z.infer<typeof releaseObjectSchema>
export type ReleaseHook = z.infer<typeof hookSchema>

/** @throws HelmError ReleaseUnreadable, naming fields and never their content. */
export function parseReleaseObject(json: string): ReleaseObject {
  return asReleaseObject(jsonOf(json))
}

/** The same, of what has been read as JSON. */
export function asReleaseObject(value: unknown): ReleaseObject {
  const parsed = releaseObjectSchema.safeParse(value)
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
