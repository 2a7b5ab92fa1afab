/** What cloud-init is told: written once, and put back when somebody changes it. */
import { expect, test } from 'vitest'
import { DISK_TEMPLATE, machineWorld } from '../../test/make/machine-world.ts'

const KEYS = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHse+ret/key= ann@laptop (100%)',
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ bob',
]

test('user, keys and name servers reach a virtual machine, and then nothing is written any more', async () => {
  const world = await machineWorld()
  const { server } = world.proxmox
  world.secrets.set('keys', { authorized_keys: `# who may log in\n\n${KEYS.join('\n')}  \n` })
  const sshKeysSecretRef = { name: 'keys', key: 'authorized_keys' }
  const cloudInit = { user: 'ann', sshKeysSecretRef, nameservers: ['9.9.9.9', '1.1.1.1'] }
  world.make('web', { template: { vmid: DISK_TEMPLATE }, memory: '64Mi', cloudInit })
  const { vmid = 0 } = await world.untilReady('web')
  const keys = async () => decodeURIComponent(String((await world.config(vmid)).sshkeys))
  expect(await world.config(vmid)).toMatchObject({ ciuser: 'ann', nameserver: '9.9.9.9 1.1.1.1' })
  expect(await keys()).toBe(KEYS.join('\n'))

  // Looked at closely, with what is in the Secret, more than once.
  const writes = () => world.requests.filter(({ route }) => !route.startsWith('GET '))
  world.requests.length = 0
  for (let look = 0; look < 2; look += 1) {
    world.restart()
    await world.pass()
  }
  expect(writes()).toEqual([])
  expect(world.requests.filter(({ route }) => route === 'GET /nodes/{node}/qemu/{vmid}/config')).toHaveLength(2)

  const guest = server.state.guests[vmid]
  if (guest === undefined) throw new Error('there is no guest')
  guest.config.sshkeys = '%zz'
  world.restart()
  await world.until('web', () => writes().length > 0)
  await world.untilReady('web')
  expect(await keys()).toBe(KEYS.join('\n'))
})
