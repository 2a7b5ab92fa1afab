/** The operator dies at every single call to a real API server, before or after it took effect, and begins again. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyRelease } from '../../src/helm/apply.ts'
import type { ReleaseIdentity } from '../../src/helm/ownership.ts'
import { contentOf, type HelmEnvironment, observedKube, startHelmEnvironment } from './helm-environment.ts'

let environment: HelmEnvironment
beforeAll(async () => {
  environment = await startHelmEnvironment('helm-crash')
})
afterAll(() => environment.stop())

class Crash extends Error {}

const first = { extra: 'more' }
const second = { replicas: 2 }

async function apply(release: ReleaseIdentity, values: Record<string, unknown>): Promise<void> {
  expect(await applyRelease(environment.ports, await environment.desired(release, values))).toMatchObject({
    outcome: 'done',
  })
}

/** True where the apply came as far as the call of this number, and so did not end. */
async function crashAt(
  release: ReleaseIdentity,
  values: Record<string, unknown>,
  call: number,
  at: 'before' | 'after',
) {
  let calls = 0
  const kube = observedKube(environment.ports.kube, (_, moment) => {
    if (moment === 'before') calls += 1
    if (calls > call && moment === at) throw new Crash()
  })
  try {
    await applyRelease({ ...environment.ports, kube }, await environment.desired(release, values))
    return false
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  }
}

/** The tenant's name and its digests taken out, so that two tenants can be compared. */
async function comparable(release: ReleaseIdentity): Promise<unknown> {
  const text = JSON.stringify(await contentOf(environment, release))
  return JSON.parse(text.replaceAll(release.tenant.name, 'NAME').replaceAll(/[0-9a-f]{63,64}/g, 'DIGEST'))
}

test.each(['before', 'after'] as const)('an installation broken off %s any call ends as if it had not', async at => {
  const whole = await environment.createTenant(`whole-i-${at}`)
  await apply(whole, first)
  const expected = await comparable(whole)
  let call = 0
  for (; ; call += 1) {
    const release = await environment.createTenant(`i-${at}-${call}`)
    if (!(await crashAt(release, first, call, at))) break
    await apply(release, first)
    expect([call, await comparable(release)]).toEqual([call, expected])
  }
  expect(call).toBeGreaterThan(8)
})

test.each(['before', 'after'] as const)('an upgrade broken off %s any call ends as if it had not', async at => {
  const whole = await environment.createTenant(`whole-u-${at}`)
  await apply(whole, first)
  await apply(whole, second)
  const expected = await comparable(whole)
  let call = 0
  for (; ; call += 1) {
    const release = await environment.createTenant(`u-${at}-${call}`)
    await apply(release, first)
    if (!(await crashAt(release, second, call, at))) break
    await apply(release, second)
    expect([call, await comparable(release)]).toEqual([call, expected])
  }
  expect(call).toBeGreaterThan(8)
})
