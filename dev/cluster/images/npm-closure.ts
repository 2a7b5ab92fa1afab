/** Which folders of node_modules a package needs at run time, read from package-lock.json. Pure. */

export interface Lock {
  packages: Readonly<Record<string, LockedPackage>>
}

interface LockedPackage {
  version?: string
  integrity?: string
  dependencies?: Readonly<Record<string, string>>
  optionalDependencies?: Readonly<Record<string, string>>
  peerDependencies?: Readonly<Record<string, string>>
}

/**
 * Paths, sorted, of everything that the package at `root` (the empty string for the main one) depends on; no
 * development dependencies. Those that are locked but optional are among them and may be missing on this machine.
 */
export function runtimeClosure(lock: Lock, root: string): string[] {
  const found = new Set<string>()
  const visit = (path: string) => {
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[path] ?? {}
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const target = resolvePackage(lock, path, name)
      if (target === undefined || found.has(target)) continue
      found.add(target)
      visit(target)
    }
  }
  visit(root)
  return [...found].sort()
}

/** As Node resolves it: in the dependent's own node_modules, then in those of the folders above. */
function resolvePackage(lock: Lock, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = parentOf(folder)) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in lock.packages) return path
    if (folder === '') return undefined
  }
}

function parentOf(folder: string): string {
  const nested = folder.lastIndexOf('/node_modules/')
  return nested === -1 ? '' : folder.slice(0, nested)
}
