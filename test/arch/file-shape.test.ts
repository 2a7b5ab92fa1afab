import { expect, test } from 'vitest'
import { maxLines, nameViolations, sizeViolations } from './file-shape.ts'
import { sourceFiles } from './repository.ts'

test(`no file in src/, dev/ and bench/ has more than ${maxLines} lines, tests left out`, () => {
  expect(sizeViolations(sourceFiles('src', 'dev', 'bench'))).toEqual([])
})

test('file names say what is inside, in kebab case', () => {
  expect(nameViolations(sourceFiles('src', 'dev', 'bench', 'test', 'examples'))).toEqual([])
})

test('a file that is one line too long is found', () => {
  const lines = (count: number) => 'x\n'.repeat(count)
  expect(
    sizeViolations([
      { path: 'src/kube/fits.ts', text: lines(maxLines) },
      { path: 'src/kube/long.ts', text: lines(maxLines + 1) },
      { path: 'src/kube/long.test.ts', text: lines(maxLines + 1) },
    ]),
  ).toEqual([`src/kube/long.ts: ${maxLines + 1} lines, more than ${maxLines}`])
})

test.each([
  ['src/plan/index.ts', '"index" says nothing'],
  ['src/kube/watch-utils.ts', '"watch-utils" says nothing'],
  ['src/helpers/tenant.ts', '"helpers" says nothing'],
  ['src/plan/tenantStatus.ts', '"tenantStatus" is not in kebab case'],
  ['dev/type.test.ts', '"type" says nothing'],
])('the name %s is found', (path, sentence) => {
  expect(nameViolations([{ path, text: '' }])).toEqual([`${path}: ${sentence}`])
})
