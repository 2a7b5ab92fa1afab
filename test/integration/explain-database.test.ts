/** Ways to break the database of a tenant, and the one line in which the tenant says why and what to do. */
import { afterAll, beforeAll, test } from 'vitest'
import { type OperatorEnvironment, startEnvironment } from './operator-environment.ts'
import { planManifest } from './tenant-manifest.ts'
import { type BrokenTenant, expectExplanation, inState, startTenant, unscheduled, waitingFor } from './tenant-nodes.ts'

let environment: OperatorEnvironment
beforeAll(async () => {
  environment = await startEnvironment('explain-database')
  await environment.apply(planManifest('small'))
  await environment.startOperator()
})
afterAll(() => environment?.stop())

const UNBOUND = '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims.'
const settingUp = { phase: 'Setting up primary', phaseReason: 'Creating primary instance db-1', instances: 1 }
const PROVISION = { kind: 'PersistentVolumeClaim', name: 'db-1' }

/** Taken up by CloudNativePG, with a claim that the volume controller of this control plane looks at. */
async function withClaim(tenant: BrokenTenant, spec: Record<string, unknown> = {}): Promise<void> {
  await tenant.reportDatabase(settingUp)
  await tenant.makeClaim(spec)
  await tenant.makeDatabasePod(unscheduled(UNBOUND))
}

async function storageClass(name: string, provisioner: string): Promise<void> {
  await environment.apply({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner })
}

interface Case {
  readonly tenant: string
  readonly by: (tenant: BrokenTenant) => Promise<void>
  readonly says: string
}

const cases: Case[] = [
  {
    tenant: 'class-missing',
    by: tenant => withClaim(tenant, { storageClassName: 'fast' }),
    says: 'StorageClassNotFound: Database db: volume db-1: there is no StorageClass fast. Make that StorageClass, or correct database.storageClassName in the plan.',
  },
  {
    tenant: 'no-class-at-all',
    by: tenant => withClaim(tenant),
    says: 'VolumeNotBound: Database db: volume db-1: no persistent volumes available for this claim and no storage class is set. Look at kubectl describe pvc -n tenant-no-class-at-all',
  },
  {
    tenant: 'provisioner-absent',
    async by(tenant) {
      await storageClass('absent', 'csi.example.com')
      await withClaim(tenant, { storageClassName: 'absent' })
    },
    says: "VolumeNotBound: Database db: volume db-1: Waiting for a volume to be created either by the external provisioner 'csi.example.com' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered. Look at kubectl describe pvc -n tenant-provisioner-absent",
  },
  {
    tenant: 'pool-full',
    async by(tenant) {
      await withClaim(tenant, { storageClassName: 'full' })
      await tenant.reportEvent(
        PROVISION,
        'ProvisioningFailed',
        'rpc error: code = ResourceExhausted: pool tank is full',
      )
    },
    says: 'VolumeNotBound: Database db: volume db-1: rpc error: code = ResourceExhausted: pool tank is full. Look at kubectl describe pvc -n tenant-pool-full',
  },
  {
    tenant: 'database-image',
    async by(tenant) {
      await tenant.reportDatabase(settingUp)
      await tenant.makeDatabasePod(inState(waitingFor('ErrImagePull', 'not found'), {}, 'postgres'))
    },
    says: 'ImagePullBackOff: Database db: container postgres: not found. Correct the image in the plan, or let the nodes reach its registry.',
  },
  {
    tenant: 'database-no-room',
    async by(tenant) {
      await tenant.reportDatabase(settingUp)
      await tenant.makeDatabasePod(unscheduled('0/3 nodes are available: 3 Insufficient memory.'))
    },
    says: 'Unschedulable: Database db: 0/3 nodes are available: 3 Insufficient memory. Add capacity, or ask for less in the plan.',
  },
  {
    tenant: 'database-crash',
    async by(tenant) {
      const lastState = { terminated: { exitCode: 1, reason: 'Error', message: 'PANIC: could not locate checkpoint' } }
      await tenant.reportDatabase(settingUp)
      await tenant.makeDatabasePod(inState(waitingFor('CrashLoopBackOff'), { lastState }, 'postgres'))
    },
    says: 'CrashLoopBackOff: Database db: container postgres: ended with code 1: PANIC: could not locate checkpoint. Read its log: kubectl logs -n tenant-database-crash -l cnpg.io/cluster=db --previous',
  },
  {
    tenant: 'job-refused',
    async by(tenant) {
      await tenant.reportDatabase(settingUp)
      const refusal = 'Error creating: pods "db-1-initdb-x2z" is forbidden: exceeded quota: tenantry, requested: pods=1'
      await tenant.reportEvent({ kind: 'Job', name: 'db-1-initdb' }, 'FailedCreate', refusal)
    },
    says: 'QuotaExceeded: Database db: Error creating: a pod is forbidden: exceeded quota: tenantry, requested: pods=1. Raise the quota in the plan or in spec.overrides.quota, or ask for less.',
  },
  {
    tenant: 'storage-quota',
    by: tenant =>
      tenant.reportDatabase({
        phase: 'Unable to create required cluster objects',
        phaseReason:
          'persistentvolumeclaims "db-1" is forbidden: exceeded quota: tenantry, requested: requests.storage=1Gi',
      }),
    says: 'QuotaExceeded: Database db: persistentvolumeclaims "db-1" is forbidden: exceeded quota: tenantry, requested: requests.storage=1Gi. Raise the quota in the plan or in spec.overrides.quota, or ask for less.',
  },
  {
    tenant: 'disk-full',
    by: tenant =>
      tenant.reportDatabase({ phase: 'Not enough disk space', phaseReason: 'Insufficient disk space detected.' }),
    says: 'DatabaseDiskFull: Database db: Insufficient disk space detected. Raise database.storage in the plan or in spec.overrides.',
  },
  {
    tenant: 'unrecoverable',
    by: tenant => tenant.reportDatabase({ phase: 'Cluster is unrecoverable and needs manual intervention' }),
    says: 'DatabaseNeedsAttention: Database db: Cluster is unrecoverable and needs manual intervention. Look at kubectl describe cluster.postgresql.cnpg.io -n tenant-unrecoverable',
  },
  {
    tenant: 'nobody-home',
    by: async () => {},
    says: 'DatabasePending: CloudNativePG has not taken up database db yet. If this stays, look whether the operator of CloudNativePG runs.',
  },
]

test.each(cases)('broken by $tenant, a tenant says $says', async ({ tenant: name, by, says }) => {
  const tenant = await startTenant(environment, name)
  await tenant.serve({ database: false })
  await by(tenant)
  await expectExplanation(tenant, says)
})
