import { beforeAll, expect, test } from 'vitest'
import { operatorNamespace } from '../../dev/demo/installation.ts'
import { logIn, readCredentials } from '../../dev/demo/login.ts'
import { type Environment, environment, journey } from './environment.ts'
import {
  applyPlan,
  applyTenant,
  deleteTenant,
  hostOf,
  namespaceOf,
  smallPlan,
  uniqueName,
  untilReady,
} from './tenant-client.ts'
import { deleteReaders, listVolumeFolder, queryVolume } from './volume-reader.ts'

const plan = uniqueName('retention')
const kept = uniqueName('kept')
const gone = uniqueName('gone')

interface Volume {
  metadata: { name: string; labels?: Record<string, string> }
  spec: { persistentVolumeReclaimPolicy: string; local: { path: string }; claimRef: { namespace: string } }
  status: { phase: string }
}

journey('what becomes of the data of a deleted tenant', () => {
  let env: Environment
  const volumes = new Map<string, Volume>()
  const passwords = new Map<string, string>()

  beforeAll(async () => {
    env = await environment()
    const { kubectl, ingress } = env
    await applyPlan(kubectl, plan, smallPlan())
    await applyTenant(kubectl, kept, { plan })
    await applyTenant(kubectl, gone, { plan, deletionPolicy: 'Delete' })
    for (const name of [kept, gone]) {
      const tenant = await untilReady(kubectl, name)
      const credentials = await readCredentials(kubectl, tenant)
      const { token } = await logIn(ingress, hostOf(tenant), credentials)
      await ingress.ask(hostOf(tenant), {
        path: '/api/notes',
        method: 'POST',
        token,
        body: { text: `kept by ${name}` },
      })
      volumes.set(name, (await volumesOf(name))[0] as Volume)
      passwords.set(name, credentials.password)
      await deleteTenant(kubectl, name)
    }
    return () => deleteReaders(kubectl)
  })

  test('Retain keeps the volume with its rows, marked with whose it was', async () => {
    const before = volumes.get(kept) as Volume
    const after = await env.kubectl.json<Volume>(['get', 'persistentvolume', before.metadata.name])
    expect(after).toMatchObject({
      metadata: { labels: { 'tenantry.dev/tenant': kept } },
      spec: { persistentVolumeReclaimPolicy: 'Retain' },
      status: { phase: 'Released' },
    })
    expect(await queryVolume(env.kubectl, after.spec.local.path, 'SELECT text FROM notes')).toContain(`kept by ${kept}`)
  })

  test('Retain keeps the credentials, in the namespace of the operator', async () => {
    const secrets = await env.kubectl.json<{ items: { metadata: { name: string }; data: Record<string, string> }[] }>([
      ...['get', 'secrets', '-n', operatorNamespace, '-l', `tenantry.dev/tenant=${kept}`],
    ])
    const admin = secrets.items.find(({ metadata }) => metadata.name.endsWith('tenantry-admin'))
    expect(Buffer.from(admin?.data.password ?? '', 'base64').toString()).toBe(passwords.get(kept))
    expect(secrets.items.some(({ metadata }) => metadata.name.endsWith('db-app'))).toBe(true)
  })

  test('Delete takes the volume and the folder with the data', async () => {
    const { metadata, spec } = volumes.get(gone) as Volume
    expect(await env.kubectl.run(['get', 'persistentvolume', metadata.name, '--ignore-not-found'])).toBe('')
    const folder = (volumes.get(kept) as Volume).spec.local.path
    const names = await listVolumeFolder(env.kubectl, folder.slice(0, folder.lastIndexOf('/')))
    expect(names).toContain(folder.split('/').at(-1))
    expect(names).not.toContain(spec.local.path.split('/').at(-1))
  })

  async function volumesOf(tenant: string): Promise<Volume[]> {
    const { items } = await env.kubectl.json<{ items: Volume[] }>(['get', 'persistentvolumes'])
    return items.filter(({ spec }) => spec.claimRef?.namespace === namespaceOf(tenant))
  }
})
