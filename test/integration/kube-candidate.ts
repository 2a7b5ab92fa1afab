/**
 * A candidate for a lease as a process of its own: prints one line for each change of what it believes, with the
 * machine's monotonic clock, which all processes share. Gives the lease back on SIGTERM.
 */
import { createKube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createShardElection } from '../../src/kube/shard-election.ts'
import { createTransport } from '../../src/kube/transport.ts'

const [kubeconfigPath = '', identity = ''] = process.argv.slice(2)
const LOOK_MS = 5

function say(what: string): void {
  process.stdout.write(`${Number(process.hrtime.bigint() / 1_000_000n)} ${what}\n`)
}

const connection = await loadKubeConfig({ kubeconfigPath })
const transport = createTransport({ connection, timeoutMs: 400 })
const election = createShardElection({
  kube: createKube({ transport }),
  namespace: 'default',
  count: 1,
  identity,
  leaseDurationMs: 3_000,
  renewDeadlineMs: 1_500,
  requestTimeoutMs: 1_000,
  retryMs: 200,
  onTaken: () => say('elected'),
  onGiving: () => Promise.resolve(),
  onLapsed: () => say('lapsed'),
  onRegained: () => say('regained'),
  onLost: () => say('lost'),
})
let held = false
const look = () => {
  const holds = election.mayWrite()
  if (holds !== held) say(holds ? 'holds' : 'does not hold')
  held = holds
}
setInterval(look, LOOK_MS)
process.on('SIGTERM', async () => {
  const stopped = election.stop()
  look()
  await stopped
  transport.close()
  process.exit(0)
})
election.start()
say('ready')
