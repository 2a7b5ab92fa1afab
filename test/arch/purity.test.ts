import { expect, test } from 'vitest'
import { purityViolations } from './purity.ts'
import { sourceFiles } from './repository.ts'

test('schemas and plans know no clock, no chance, no environment and no outside', () => {
  expect(purityViolations(sourceFiles('src/crds', 'src/plan'))).toEqual([])
})

test.each([
  ['const at = Date.now()', 'Date.now is the clock'],
  ['const at = new Date()', 'new Date() is the clock'],
  ['const id = Math.random()', 'Math.random is chance'],
  ['const id = crypto.randomUUID()', 'crypto. is chance'],
  ['const home = process.env.HOME', 'process is the process'],
  ['const answer = await fetch(url)', 'fetch( is the outside'],
  ['setTimeout(retry, 5)', 'setTimeout( is the outside'],
])('%s is found', (text, sentence) => {
  expect(purityViolations([{ path: 'src/plan/x.ts', text: `// first line\n${text}` }])).toContain(
    `src/plan/x.ts:2: ${sentence}`,
  )
})

test('a given time, a word in a sentence and a name that only sounds alike are fine', () => {
  const text = [
    'const at = new Date(now)',
    "const message = 'The process. Date.now() fetch(it)'",
    'const pattern = /fetch\\(process\\./',
    '/* Math.random() */',
    'const processing = started.process',
  ].join('\n')
  expect(purityViolations([{ path: 'src/plan/x.ts', text }])).toEqual([])
})
