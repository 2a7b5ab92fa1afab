/** The repository's TypeScript files, for tests that judge them as text. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

export interface SourceFile {
  /** Relative to the repository, with slashes: `src/plan/names.ts`. */
  path: string
  text: string
}

const repository = resolve(import.meta.dirname, '../..')

/** Every `.ts` file below the folders, which may be missing; installed packages left out. */
export function sourceFiles(...folders: string[]): SourceFile[] {
  return folders.flatMap(list).sort((a, b) => a.path.localeCompare(b.path))
}

export function isTest({ path }: Pick<SourceFile, 'path'>): boolean {
  return path.endsWith('.test.ts')
}

function list(folder: string): SourceFile[] {
  return readdirSync(join(repository, folder), { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : list(path)
    return path.endsWith('.ts') ? [{ path, text: readFileSync(join(repository, path), 'utf8') }] : []
  })
}
