import { expect, test } from 'vitest'
import { createAbilities } from './abilities.ts'

const VERSION = { major: 1, minor: 36, gitVersion: 'v1.36.3-vendor.7', said: { major: '1', minor: '36+' } }

function given() {
  const world = { nowMs: 0, asked: 0, kinds: ['v1'], away: false }
  const abilities = createAbilities(
    {
      kube: { serverVersion: async () => VERSION },
      discovery: {
        async versions() {
          world.asked += 1
          if (world.away) throw new Error('away')
          return [...world.kinds]
        },
      },
    },
    { nowMs: () => world.nowMs },
  )
  return { world, abilities }
}

test('the version is told in the words of the server, some of which put a sign behind the minor', async () => {
  const { abilities } = given()
  expect(await abilities()).toEqual({
    kubeVersion: { version: 'v1.36.3-vendor.7', major: '1', minor: '36+' },
    apiVersions: ['v1'],
  })
})

test('many that ask at once ask the server once, and as long as nothing changes they get the same value', async () => {
  const { world, abilities } = given()
  const [first, ...others] = await Promise.all([abilities(), abilities(), abilities()])
  world.nowMs = 10_000
  expect([...others, await abilities()].every(other => other === first)).toBe(true)
  expect(world.asked).toBe(2)
})

test('a kind that came a moment ago is there', async () => {
  const { world, abilities } = given()
  await abilities()
  world.nowMs = 2_000
  world.kinds.push('new/v1')
  expect((await abilities()).apiVersions).toEqual(['v1', 'new/v1'])
})

test('a server that does not answer is asked again by the next', async () => {
  const { world, abilities } = given()
  world.away = true
  await expect(abilities()).rejects.toThrow('away')
  world.away = false
  expect((await abilities()).apiVersions).toEqual(['v1'])
})
