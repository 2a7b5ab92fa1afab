/** A control plane for one test run or benchmark, which cannot outlive it. */

import { readdir, rm } from 'node:fs/promises'
import { observeProcess } from '../process-mark.ts'
import { type Progress, silentProgress } from '../progress.ts'
import type { Cluster } from '../provider.ts'
import { stateDirOf, stateRoot } from '../state.ts'
import { downControlPlane, upControlPlane } from './provider.ts'

export interface EphemeralControlPlane {
  cluster: Cluster
  stop(): Promise<void>
}

export interface EphemeralOptions {
  name: string
  progress?: Progress
  /** Controllers that are not to run, for a test plays them. */
  withoutControllers?: readonly string[]
}

/** `<name>.<pid of the owner>.<number>`. */
const ephemeralName = /^[a-z0-9-]+\.(?<pid>\d+)\.\d+$/
const ours = new Set<string>()
let count = 0

export function isEphemeral(name: string): boolean {
  return ephemeralName.test(name)
}

/** Starts a new, empty control plane. Several at a time are fine. Its processes end with this one even by SIGKILL. */
export async function startControlPlane({
  name,
  progress = silentProgress,
  withoutControllers = [],
}: EphemeralOptions): Promise<EphemeralControlPlane> {
  await removeAbandoned()
  count += 1
  const ownName = `${name}.${process.pid}.${count}`
  const stateDir = stateDirOf(ownName)
  ours.add(stateDir)
  const cluster = await upControlPlane({ name: ownName, stateDir, progress, diesWithUs: true, withoutControllers })
  return {
    cluster,
    async stop() {
      await downControlPlane({ stateDir })
      ours.delete(stateDir)
    },
  }
}

/** Of this process, those that are starting included. For its end by a signal, after which nobody stops them. */
export async function stopControlPlanes(): Promise<void> {
  await Promise.all([...ours].map(stateDir => downControlPlane({ stateDir })))
}

/** The programs of owners that were killed went with them; their files did not. */
export async function removeAbandoned(): Promise<void> {
  const names = await readdir(stateRoot).catch(() => [])
  for (const name of names) {
    const pid = ephemeralName.exec(name)?.groups?.pid
    if (pid === undefined || observeProcess(Number(pid)) !== undefined) continue
    await rm(stateDirOf(name), { recursive: true, force: true })
  }
}
