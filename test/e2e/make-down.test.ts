import { expect, inject, test } from 'vitest'
import { journey } from './environment.ts'
import { make, snapshot } from './global-setup.ts'

journey('make demo, and then make down', () => {
  test('leave the machine as it was: processes, mounts, interfaces, firewall rules, control groups', async ({
    skip,
  }) => {
    const { before } = inject('e2e') as { before?: Awaited<ReturnType<typeof snapshot>> }
    if (before === undefined) return skip('the cluster ran before the tests began')
    const during = await snapshot()
    expect(during.processes.length).toBeGreaterThan(10)
    await make('down')
    expect(await snapshot()).toEqual(before)
  })
})
