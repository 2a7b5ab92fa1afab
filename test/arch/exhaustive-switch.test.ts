import { expect, test } from 'vitest'
import { judgesSteps, switchViolations } from './exhaustive-switch.ts'
import { sourceFiles } from './repository.ts'

test('every switch over steps ends in `satisfies never`', () => {
  const files = sourceFiles('src')
  expect(files.filter(judgesSteps).length).toBeGreaterThan(0)
  expect(switchViolations(files)).toEqual([])
})

const open = `export function applyStep(step: Step) {
  switch (step.do) {
    case 'kube.apply': {
      return apply(step.object)
    }
    case 'kube.delete':
      return remove(step.ref)
  }
}`

test('a switch over steps that a new step would fall through is found', () => {
  expect(switchViolations([{ path: 'src/kube/apply.ts', text: open }])).toEqual([
    'src/kube/apply.ts:2: this switch over steps lacks "satisfies never"',
  ])
})

test('`satisfies never` in a comment or behind the switch does not count', () => {
  const commented = open.replace('      return remove', '      // satisfies never\n      return remove')
  const behind = `${open}\nconst none = step satisfies never`
  for (const text of [commented, behind]) expect(switchViolations([{ path: 'src/x.ts', text }])).toHaveLength(1)
})

test('a closed switch over steps, and one over anything else, are fine', () => {
  const closed = open.replace('(step.ref)', '(step.ref)\n    default:\n      return step satisfies never')
  const other = "switch (phase) {\n  case 'Bound':\n    return true\n}"
  expect(
    switchViolations([
      { path: 'src/kube/apply.ts', text: closed },
      { path: 'src/kube/x.ts', text: other },
    ]),
  ).toEqual([])
})
