/** The simulator as a program: prints its base URLs, and takes commands on standard input. */

import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { scaledClock } from './clock.ts'
import type { Fault } from './faults.ts'
import { type Base, standardBase } from './initial-state.ts'
import { runCommand } from './server/control.ts'
import { startProxmox } from './simulator.ts'

const usage = `usage: npm run -s proxmox -- [options]

  --port 8006        of the first node; 0 takes a free one
  --host 127.0.0.1
  --nodes 1          also PVE_NODES; 1 to 3
  --seed 1           the same seed gives the same ids and secrets
  --speed 1          10: ten seconds of the simulation pass in one
  --base FILE        the state to start from, in the form of base.json
  --faults FILE      what goes wrong from the start: a list, as for POST /sim/faults
  --api-version 9    8 leaves the message out of the body of errors

Prints one line with the base URL of each node. Standard input takes "node-down pve2",
"node-up pve2", "no-quorum", "quorum", "lock 100 backup", "unlock 100" and "reset".`

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8006' },
    host: { type: 'string', default: '127.0.0.1' },
    nodes: { type: 'string', default: process.env.PVE_NODES ?? '1' },
    seed: { type: 'string', default: '1' },
    speed: { type: 'string', default: '1' },
    base: { type: 'string' },
    faults: { type: 'string' },
    'api-version': { type: 'string', default: '9' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) console.log(usage)
else await serve()

async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, 'utf8'))
}

async function serve(): Promise<void> {
  const proxmox = await startProxmox({
    port: Number(values.port),
    host: values.host,
    nodes: Number(values.nodes),
    seed: Number(values.seed),
    clock: scaledClock(Number(values.speed)),
    base: values.base === undefined ? standardBase : ((await readJson(values.base)) as Base),
    faults: values.faults === undefined ? [] : ((await readJson(values.faults)) as Fault[]),
    options: { apiVersion: values['api-version'] === '8' ? 8 : 9 },
  })
  console.log(proxmox.urls.join(' '))
  createInterface({ input: process.stdin }).on('line', line => {
    try {
      runCommand(proxmox, line)
      console.log('ok')
    } catch (error) {
      console.log(`failed: ${error instanceof Error ? error.message : error}`)
    }
  })
  const stop = () => process.exit(0)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
}
