import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FoundShard, planShardMove, type ShardView, shardOf } from './shard.ts'

const held = (holder: string, shard: number, more: Partial<FoundShard> = {}): FoundShard => ({
  shard,
  count: 3,
  holder,
  isAskOld: false,
  ...more,
})

function moveOf(shards: readonly FoundShard[], view: Partial<ShardView> = {}) {
  return planShardMove({ identity: 'me', count: 3, agreed: { count: 3, isRecent: false }, shards, ...view })
}

test('a tenant keeps its shard, whatever becomes of it', () => {
  expect(['acme', 'globex', 'initech', 'umbrella'].map(name => shardOf(name, 3))).toEqual([0, 0, 0, 2])
})

test('tenants are spread over all shards', () => {
  const shards = Array.from({ length: 4000 }, (_, n) => shardOf(`tenant-${n}`, 4))
  const counts = [0, 1, 2, 3].map(shard => shards.filter(other => other === shard).length)
  expect(Math.min(...counts)).toBeGreaterThan(900)
})

test('one that is alone takes everything', () => {
  expect(moveOf([])).toEqual({ do: 'take', shards: [0, 1, 2] })
})

test('what a dead replica held is taken, and what is held is left', () => {
  expect(moveOf([held('', 0), held('you', 1), held('me', 2)])).toEqual({ do: 'take', shards: [0] })
})

test('one that has nothing asks the one that has the most, and does not ask twice', () => {
  const rich = [held('a', 0), held('b', 1), held('b', 2)]
  expect(moveOf(rich)).toEqual({ do: 'ask', shard: 2 })
  expect(moveOf([held('a', 0), held('b', 1), held('b', 2, { askedBy: 'me' })])).toEqual({ do: 'nothing' })
})

test('who has two more than the one that asks gives, who has not keeps', () => {
  const asked = { askedBy: 'you' }
  expect(moveOf([held('me', 0), held('me', 1), held('me', 2, asked)])).toEqual({ do: 'give', shard: 2 })
  expect(moveOf([held('me', 0), held('you', 1), held('me', 2, asked)])).toEqual({ do: 'nothing' })
})

test('what was given is left to the one that asked, unless it does not come', () => {
  const others = [held('me', 0), held('me', 1)]
  expect(moveOf([...others, held('', 2, { askedBy: 'you' })])).toEqual({ do: 'nothing' })
  expect(moveOf([...others, held('', 2, { askedBy: 'you', isAskOld: true })])).toEqual({ do: 'take', shards: [2] })
  expect(moveOf([held('a', 0), held('a', 1), held('', 2, { askedBy: 'me' })])).toEqual({ do: 'take', shards: [2] })
})

test('while replicas that count otherwise are at work, nothing is taken', () => {
  const why = 'replicas with --shards=2 are at work, and this one has --shards=3'
  const old = held('a', 0, { count: 2 })
  expect(moveOf([old], { agreed: { count: 2, isRecent: false } })).toEqual({ do: 'nothing', why })
  expect(moveOf([old])).toEqual({ do: 'nothing', why })
})

test('when the last of them is gone, the others agree on their own count first', () => {
  const gone = [held('', 0, { count: 2 }), held('', 1, { count: 2 })]
  expect(moveOf(gone, { agreed: { count: 2, isRecent: false } })).toEqual({ do: 'agree' })
  expect(planShardMove({ identity: 'me', count: 3, shards: gone })).toEqual({ do: 'agree' })
  expect(moveOf(gone)).toEqual({ do: 'take', shards: [0, 1, 2] })
})

test('those that have just agreed get the time to begin', () => {
  const why = 'replicas have just agreed on --shards=2'
  expect(moveOf([], { agreed: { count: 2, isRecent: true } })).toEqual({ do: 'nothing', why })
})

test('asking and giving come to an end with nobody two ahead of another', () => {
  const replicas = ['a', 'b', 'c', 'd']
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...replicas, ''), { minLength: 1, maxLength: 9 }), holders => {
      const count = holders.length
      const shards = holders.map((holder, shard): FoundShard => ({ shard, count, holder, isAskOld: false }))
      const become = (shard: number, change: Partial<FoundShard>) =>
        shards.splice(shard, 1, { ...shards[shard], ...change } as FoundShard)
      let moves = 0
      for (let quiet = 0; quiet < replicas.length; moves += 1) {
        const identity = replicas[moves % replicas.length] ?? ''
        const move = planShardMove({ identity, count, agreed: { count, isRecent: false }, shards })
        quiet = move.do === 'nothing' ? quiet + 1 : 0
        if (move.do === 'take')
          for (const shard of move.shards) shards[shard] = { shard, count, holder: identity, isAskOld: false }
        if (move.do === 'give') become(move.shard, { holder: '' })
        if (move.do === 'ask') become(move.shard, { askedBy: identity })
        expect(moves).toBeLessThan(500)
      }
      const numbers = replicas.map(replica => shards.filter(({ holder }) => holder === replica).length)
      expect(Math.max(...numbers) - Math.min(...numbers)).toBeLessThan(2)
    }),
  )
})
