/** The command line of the bench. Pure. */
import { parseArgs } from 'node:util'
import { type ContenderName, contenderNames } from './contenders/contender.ts'

export interface Options {
  readonly runs: readonly Run[]
  readonly idleSeconds: number
  /** Files for the numbers, and for the table as it stands in docs/performance.md. */
  readonly json?: string
  readonly markdown?: string
}

export interface Run {
  readonly tenants: number
  readonly only: readonly ContenderName[]
}

/** With more tenants, only this operator takes part: the others would take hours. */
export const PEERS_UP_TO = 300
const MOST = 9999

export const usage = `usage: make bench [ARGS='--tenants N,… --only NAME,… --idle-seconds S --json FILE --markdown FILE']
  --tenants N,…      how many; several are run one after the other (default 100)
  --only NAME,…      of ${contenderNames.join(', ')} (default: all with up to ${PEERS_UP_TO} tenants, tenantry with more); ratios need the limit
  --idle-seconds S   how long the idle phase lasts (default 60)
  --json FILE        write the numbers there
  --markdown FILE    write the table there, as it stands in docs/performance.md`

/** The sentence says what is wrong. */
export function parseOptions(argv: readonly string[]): Options | string {
  let values: { tenants: string; 'idle-seconds': string; only?: string; json?: string; markdown?: string }
  try {
    values = parseArgs({
      args: [...argv],
      options: {
        tenants: { type: 'string', default: '100' },
        'idle-seconds': { type: 'string', default: '60' },
        only: { type: 'string' },
        json: { type: 'string' },
        markdown: { type: 'string' },
      },
    }).values as typeof values
  } catch (error) {
    return (error as Error).message
  }
  const counts = values.tenants.split(',').map(Number)
  if (!counts.every(count => Number.isInteger(count) && count >= 1 && count <= MOST)) {
    return `--tenants: numbers from 1 to ${MOST}`
  }
  const idleSeconds = Number(values['idle-seconds'])
  if (!(idleSeconds >= 0)) return '--idle-seconds: a number from 0'
  const wanted = values.only?.split(',')
  const unknown = wanted?.find(name => !(contenderNames as readonly string[]).includes(name))
  if (unknown !== undefined) return `--only: ${unknown} is none of ${contenderNames.join(', ')}`
  const takingPart = (tenants: number) =>
    contenderNames.filter(name => wanted?.includes(name) ?? (tenants <= PEERS_UP_TO || name === 'tenantry'))
  return {
    runs: counts.map(tenants => ({ tenants, only: takingPart(tenants) })),
    idleSeconds,
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.markdown === undefined ? {} : { markdown: values.markdown }),
  }
}
