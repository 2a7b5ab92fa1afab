/** The command line of the bench. Pure. */
import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames } from './contenders/contender.ts'

export interface Options {
  readonly tenants: number
  readonly idleSeconds: number
  readonly only: readonly ContenderName[]
  /** File for the numbers. */
  readonly json?: string
}

export const usage = `usage: make bench [ARGS='--tenants N --json FILE --only NAME,… --idle-seconds S']
  --tenants N        how many (default 100)
  --json FILE        write the numbers there
  --only NAME,…      of ${contenderNames.join(', ')} (default: all); ratios need the limit
  --idle-seconds S   how long the idle phase lasts (default 60)`

/** The sentence says what is wrong. */
export function parseOptions(argv: readonly string[]): Options | string {
  let values: { tenants: string; 'idle-seconds': string; only: string; json?: string | undefined }
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        tenants: { type: 'string', default: '100' },
        'idle-seconds': { type: 'string', default: '60' },
        only: { type: 'string', default: contenderNames.join(',') },
        json: { type: 'string' },
      },
    }).values
  } catch (error) {
    return (error as Error).message
  }
  const tenants = Number(values.tenants)
  if (!Number.isInteger(tenants) || tenants < 1 || tenants > 9999) return '--tenants: a number from 1 to 9999'
  const idleSeconds = Number(values['idle-seconds'])
  if (!(idleSeconds >= 0)) return '--idle-seconds: a number from 0'
  const wanted = values.only.split(',')
  const unknown = wanted.find(name => !(contenderNames as readonly string[]).includes(name))
  if (unknown !== undefined) return `--only: ${unknown} is none of ${contenderNames.join(', ')}`
  const only = contenderNames.filter(name => wanted.includes(name))
  return { tenants, idleSeconds, only, ...(values.json === undefined ? {} : { json: values.json }) }
}
