/** The first program inside a node: makes the node's world, starts its programs and keeps them running. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { answersOk } from '../control-plane/probe.ts'
import { type Program, type StartedProgram, startProgram, untilReady } from '../control-plane/process.ts'
import { readExcerpt } from '../log-excerpt.ts'
import { isRunning } from '../process-mark.ts'
import { explained } from '../progress.ts'
import { observeHierarchies } from './cgroup.ts'
import { nodeAddress, nodeName, stateFiles, volumeFolder } from './layout.ts'
import { acceptLinks } from './link.ts'
import { setUpNetwork } from './network.ts'
import { type NodeOptions, readNodeOptions } from './node-options.ts'
import { nodePrograms } from './programs.ts'
import { connectProvisioner, startProvisioner } from './provisioner/provisioner.ts'
import { enterRoot } from './root.ts'

const readyWithinMs = 120_000
const watchEveryMs = 500
/** A program that ends sooner after its start would only end again. */
const provenAfterMs = 10_000

const options = readNodeOptions(process.argv[2])
process.on('disconnect', () => process.exit(1))
acceptLinks(process)
process.send?.('inside')
// The supervisor answers with the first of them, when it has left the node's control groups.
await once(process, 'message')
try {
  enterWorld(options)
  const running = await startAll(options)
  await provision(options)
  await keepRunning(running)
} catch (error) {
  console.error(explained(error as Error).join('\n'))
  process.exit(1)
}

function enterWorld({ name, stateDir, lower, programs }: NodeOptions): void {
  const host = nodeName(name)
  // uts_namespaces(7): the file shows and sets the name in the writer's own namespace.
  writeFileSync('/proc/sys/kernel/hostname', host)
  const files = {
    '/etc/hostname': `${host}\n`,
    '/etc/hosts': `127.0.0.1 localhost\n${nodeAddress} ${host}\n`,
    '/etc/machine-id': `${createHash('sha256').update(host).digest('hex').slice(0, 32)}\n`,
    '/etc/resolv.conf': readFileSync(stateFiles(stateDir).resolvConf, 'utf8'),
  }
  enterRoot({ stateDir, lower, programs: Object.values(programs), hierarchies: observeHierarchies(), files })
  setUpNetwork()
}

async function startAll({ stateDir, ...rest }: NodeOptions): Promise<Map<Program, StartedProgram>> {
  const { first, clients } = nodePrograms({ stateDir, ...rest })
  const running = new Map<Program, StartedProgram>()
  const start = async (programs: Program[]) => {
    for (const program of programs) running.set(program, await startProgram(stateDir, program))
  }
  await start(first)
  const { innerKubeconfig } = stateFiles(stateDir)
  await untilReady([...running.values()], () => answersOk(innerKubeconfig, '/readyz'), readyWithinMs)
  await start(clients)
  return running
}

async function provision({ name, stateDir }: NodeOptions): Promise<void> {
  const log = (line: string) => console.log(`volumes: ${line}`)
  const world = await connectProvisioner(stateFiles(stateDir).innerKubeconfig, log)
  startProvisioner(world, { folder: volumeFolder, node: nodeName(name), log })
}

/** Starts again what ends. Rejects, and so ends the node, when a program ends right after its start. */
async function keepRunning(running: Map<Program, StartedProgram>): Promise<never> {
  const startedAt = new Map([...running.keys()].map(program => [program, performance.now()]))
  for (;;) {
    await delay(watchEveryMs)
    for (const [program, mark] of running) {
      if (isRunning(mark)) continue
      const message = `${program.name} ended`
      if (performance.now() - (startedAt.get(program) ?? 0) < provenAfterMs)
        throw Object.assign(new Error(message), { log: await readExcerpt(program.logFile) })
      console.error(`${new Date().toISOString()} ${message}; it is started again`)
      startedAt.set(program, performance.now())
      running.set(program, await startProgram(options.stateDir, program))
    }
  }
}
