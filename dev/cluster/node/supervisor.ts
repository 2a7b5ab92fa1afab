/**
 * The one process of a node that lives on the machine. When it ends, however it ends, so does everything of the node.
 *
 *     the machine                      │ pid, mount, network, uts, ipc and cgroup namespaces of the node
 *     up ──starts──▶ supervisor        │
 *                      └─▶ unshare ────┼─▶ tini (pid 1) ─▶ init ─▶ containerd, etcd, kube-apiserver, kubelet …
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enterCgroups, removeCgroups } from './cgroup.ts'
import { cgroupName, stateFiles } from './layout.ts'
import { openLinks } from './link.ts'
import { readNodeOptions } from './node-options.ts'

const optionsFile = process.argv[2]
const { name, stateDir, lower } = readNodeOptions(optionsFile)

const cgroup = cgroupName(name, stateDir)
const leaveCgroups = enterCgroups(cgroup)
// Each kills the next when it ends: this process setpriv's child, that one tini, and tini, as the first process of its
// pid namespace, every process in it. tini also buries the children that containers leave behind.
const node = spawn(
  'setpriv',
  [
    ...['--pdeathsig', 'KILL', '--'],
    ...['unshare', '--pid', '--mount', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child=KILL', '--'],
    ...[join(lower.at(-1) ?? '', 'usr/bin/tini-static'), '--'],
    ...[process.execPath, join(import.meta.dirname, 'init.ts'), String(optionsFile)],
  ],
  { cwd: '/', stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: nodeEnvironment() },
)

node.on('exit', async (code, signal) => {
  leaveCgroups([process.pid])
  await removeCgroups(cgroup)
  console.log(`the node ended: ${signal ?? `exit code ${code}`}`)
  process.exit(1)
})
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => node.kill('SIGKILL'))

// Once init speaks, its namespaces are there, and only what is inside belongs into the node's control groups.
await once(node, 'message')
leaveCgroups([process.pid, ...(node.pid === undefined ? [] : [node.pid])])
const ports = await openLinks(node)
const { links } = stateFiles(stateDir)
writeFileSync(`${links}.new`, JSON.stringify(ports))
renameSync(`${links}.new`, links)

/** Nothing of the user's own, but for the marks by which the cluster's processes are found. */
function nodeEnvironment(): NodeJS.ProcessEnv {
  const marks = Object.entries(process.env).filter(([name]) => name.startsWith('TENANTRY_'))
  return { ...Object.fromEntries(marks), PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' }
}
