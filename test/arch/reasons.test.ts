/** docs/reasons.md explains every reason that the code can put into a condition or an event. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REMEDIES } from '../../src/plan/verdict/remedy.ts'

const REPOSITORY = join(import.meta.dirname, '../..')
const SPOKEN = [
  /(?:isTrue|isFalse|isUnknown)\(\s*'\w+',\s*'(\w+)'/g,
  /\breason: '([A-Z]\w+)'/g,
  /stalledStatusOf\('(\w+)'/g,
  /\b(?:unready|waiting|doing)\(\s*'([A-Z]\w+)'/g,
]
const EVENTS = /\btype: '(?:Normal|Warning)',\s*reason: '(\w+)'/g

/** For the log, and for how soon it is tried again. */
const NEVER_TOLD: ReadonlySet<string> = new Set(['Crash', 'NetworksUnsettled', 'RenderAborted'])

/** The members of a union, one on each line. */
const MEMBERS = /^ {2,4}\| '([A-Z]\w+)'/gm

function reasonsIn(source: string): string[] {
  const patterns = /type HelmReason|type ProxmoxReason|interface ClusterProblem/.test(source)
    ? [...SPOKEN, MEMBERS]
    : SPOKEN
  return patterns.flatMap(pattern => [...source.matchAll(pattern)].map(match => match[1] ?? ''))
}

function sourcesBelow(place: string): string[] {
  const paths = place.endsWith('.ts')
    ? ['']
    : readdirSync(join(REPOSITORY, place), { recursive: true, encoding: 'utf8' })
  return paths
    .filter(path => `${place}${path}`.endsWith('.ts') && !path.endsWith('.test.ts'))
    .map(path => readFileSync(join(REPOSITORY, place, path), 'utf8'))
}

test('every reason of the plan and of the releases is explained', () => {
  const spoken = new Set(['src/plan', 'src/helm/errors.ts'].flatMap(sourcesBelow).flatMap(reasonsIn))
  const explained = readFileSync(join(REPOSITORY, 'docs/reasons.md'), 'utf8')
  expect(spoken.size).toBeGreaterThan(30)
  const told = [...spoken].filter(reason => !NEVER_TOLD.has(reason))
  expect(told.filter(reason => !explained.includes(`\`${reason}\``))).toEqual([])
})

test('every reason that passes over tenants, networks and machines tell is explained', () => {
  const spoken = sourcesBelow('src/controllers').flatMap(source => [
    ...reasonsIn(source).filter(reason => !NEVER_TOLD.has(reason)),
    ...[...source.matchAll(EVENTS)].map(match => match[1] ?? ''),
  ])
  const explained = readFileSync(join(REPOSITORY, 'docs/reasons.md'), 'utf8')
  expect(spoken).toContain('GuestLost')
  expect(spoken.filter(reason => !explained.includes(`\`${reason}\``))).toEqual([])
})

test('every reason that has a remedy is explained', () => {
  const explained = readFileSync(join(REPOSITORY, 'docs/reasons.md'), 'utf8')
  expect(Object.keys(REMEDIES).filter(reason => !explained.includes(`\`${reason}\``))).toEqual([])
})

test('a reason that nobody explains is found', () => {
  expect(reasonsIn("return isFalse('Ready', 'Mystery', 'x')")).toEqual(['Mystery'])
})
