/** Writes the go.mod of a build. Text to text. */

import type { GoModule } from './tools.ts'

export interface Replace {
  from: string
  /** A module and its version, or a folder. */
  to: string
}

/** The oldest Go that all pinned modules accept. */
export const minimumGo = '1.26.0'

export function goMod({ path, version }: Pick<GoModule, 'path' | 'version'>, replaces: readonly Replace[]): string {
  const lines = replaces.map(({ from, to }) => `replace ${from} => ${to}`)
  return [`module tools`, `go ${minimumGo}`, `require ${path} ${version}`, ...lines, ''].join('\n')
}

/**
 * The replacements of a module's own go.mod, which Go ignores for a dependency. Replacements by a folder of the
 * module's repository become the published module in the staging version, or go where there is none.
 */
export function parseReplaces(text: string, stagingVersion: string | undefined): Replace[] {
  const lines = text.matchAll(/^\s*(?:replace\s+)?(\S+(?: v\S+)?)\s+=>\s+([^\s/]\S*(?: v\S+)?)/gm)
  return [...lines].flatMap(([, from = '', to = '']) => {
    if (!to.startsWith('.')) return [{ from, to }]
    return stagingVersion === undefined ? [] : [{ from, to: `${from} ${stagingVersion}` }]
  })
}
