import { expect, test } from 'vitest'
import { runtimeClosure } from './npm-closure.ts'

const lock = {
  packages: {
    '': { dependencies: { a: '1' }, devDependencies: { tool: '1' } },
    'apps/web': { dependencies: { c: '2' } },
    'apps/web/node_modules/c': { version: '2' },
    'node_modules/a': { dependencies: { b: '1' }, optionalDependencies: { absent: '1' }, peerDependencies: { d: '1' } },
    'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
    'node_modules/b': {},
    'node_modules/c': { version: '1', dependencies: { a: '1' } },
    'node_modules/d': {},
    'node_modules/tool': {},
  },
}

test('the closure follows nested versions, peers and cycles, and leaves development dependencies out', () => {
  expect(runtimeClosure(lock, '')).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
    'node_modules/c',
    'node_modules/d',
  ])
})

test('a workspace finds its own copy before the one it shares', () => {
  expect(runtimeClosure(lock, 'apps/web')).toEqual(['apps/web/node_modules/c'])
})
