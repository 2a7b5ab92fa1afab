/** What a file may be called, and how long it may get. */
import { isTest, type SourceFile } from './repository.ts'

export const maxLines = 250

/** Names that say nothing about what is inside; the first four not even as part of a longer one. */
const empty = /(?:^|-)(?:util|utils|helper|helpers)(?:-|$)|^(?:common|type|types|manager|misc|shared|index)$/

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/

export function sizeViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(file => !isTest(file))
    .map(({ path, text }) => ({ path, lines: text.replace(/\n$/, '').split('\n').length }))
    .filter(({ lines }) => lines > maxLines)
    .map(({ path, lines }) => `${path}: ${lines} lines, more than ${maxLines}`)
}

export function nameViolations(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path }) =>
    path
      .replace(/(\.test)?\.ts$/, '')
      .split('/')
      .flatMap(part => {
        if (!kebabCase.test(part)) return [`${path}: "${part}" is not in kebab case`]
        return empty.test(part) ? [`${path}: "${part}" says nothing`] : []
      }),
  )
}
