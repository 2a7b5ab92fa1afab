/** Several replicas as processes of their own on one API server, with people who never stop editing their tenants. */
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import { renderer } from '../../dev/cluster/binaries/renderer.ts'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { API_VERSION } from '../../src/plan/names.ts'
import { eventually, startEnvironment } from './operator-environment.ts'
import { type OperatorProgram, startProgram } from './operator-program.ts'
import { planManifest, tenantManifest } from './tenant-manifest.ts'
import { readWriterLog, type WriterLog } from './writer-log.ts'

export interface Replica extends OperatorProgram {
  readonly identity: string
}

export interface ReplicaEnvironment {
  readonly kube: Kube
  /** The name gets a number, so that a test may try twice. */
  start(name: string, shards?: number, flags?: Readonly<Record<string, string>>): Replica
  killAll(): Promise<void>
  log(): Promise<WriterLog>
  /** Who wrote last for each tenant, once each has been written for since the call and `holds` says so. */
  untilWriters(holds: (writers: string[]) => boolean): Promise<void>
  stop(): Promise<void>
}

/** Long enough for a busy machine to renew in time. */
export const LEASE_SECONDS = 9
const EDIT_EVERY_MS = 150
/** One in so many edits of a tenant brings its release to a new revision; the others change its quota alone. */
const REVISION_EVERY = 3

/** A chart of few objects, one of which changes with the name of the company. */
const CHARTS = join(import.meta.dirname, '../charts')
const SHOP = { chart: { name: 'shop' }, app: { values: { greeting: '${tenant.companyName}' } }, database: undefined }

export async function startReplicaEnvironment(name: string, tenants: readonly string[]): Promise<ReplicaEnvironment> {
  const environment = await startEnvironment(name)
  const { kubeconfig } = environment
  const programs = { helm: await binary('helm'), renderer: await renderer(), 'charts-dir': CHARTS }
  await environment.apply(planManifest('small', {}, SHOP), ...tenants.map(tenant => tenantManifest(tenant)))
  const connection = await loadKubeConfig({ kubeconfigPath: kubeconfig })
  const transport = createTransport({ connection, userAgent: 'people' })
  const kube = createKube({ transport })
  const replicas: Replica[] = []
  const ending = new AbortController()
  const editing = edit()

  async function edit(): Promise<void> {
    for (let round = 0; !ending.signal.aborted; round += 1) {
      const tenant = tenants[round % tenants.length] ?? ''
      const edits = Math.floor(round / tenants.length)
      const quota = { pods: 20 + (edits % 2) }
      const spec = { companyName: `Acme ${Math.floor(edits / REVISION_EVERY)}`, overrides: { quota } }
      await kube.patch({ apiVersion: API_VERSION, kind: 'Tenant', name: tenant }, { spec }).catch(() => undefined)
      await sleep(EDIT_EVERY_MS)
    }
  }

  const killAll = async () => {
    for (const replica of replicas) replica.kill('SIGKILL')
    await Promise.all(replicas.map(({ ended }) => ended))
  }
  const log = async () => readWriterLog(await readFile(join(dirname(kubeconfig), 'log/audit.log'), 'utf8'))
  return {
    kube,
    log,
    start(name, shards = 1, flags = {}) {
      const identity = `${name}${replicas.length}`
      const given = { kubeconfig, ...programs, identity, shards, 'lease-seconds': LEASE_SECONDS, ...flags }
      const program = startProgram(given)
      const replica = { identity, ...program }
      replicas.push(replica)
      return replica
    },
    killAll,
    async untilWriters(holds) {
      const sinceMs = Date.now()
      await eventually(
        async () => {
          const recent = (await log()).writes.filter(({ beganMs }) => beganMs > sinceMs)
          return tenants.map(name => recent.findLast(({ tenant }) => tenant === name)?.replica ?? 'nobody')
        },
        holds,
        90_000,
      )
    },
    async stop() {
      ending.abort()
      await editing
      await killAll()
      transport.close()
      await environment.stop()
    },
  }
}
