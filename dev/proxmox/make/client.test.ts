import { expect, test } from 'vitest'
import { scaledClock } from '../clock.ts'
import { startProxmox } from '../simulator.ts'
import { loggedIn } from './client.ts'

test('who is logged in stays so for longer than a ticket lives', async () => {
  const real = scaledClock()
  let ahead = 0
  const clock = { ...real, now: () => real.now() + ahead }
  const proxmox = await startProxmox({ clock })
  try {
    const root = await loggedIn(proxmox)
    ahead = 3 * 3_600_000
    expect(await root.call('GET', '/version')).toMatchObject({ status: 200 })
  } finally {
    await proxmox.stop()
  }
})
