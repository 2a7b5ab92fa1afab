/** The layers of docs/architecture.md as data, and what a file does against them. */
import { posix } from 'node:path'
import { isTest, type SourceFile } from './repository.ts'
import { importsOf } from './source-text.ts'

interface Layer {
  /** Layers of src/ it may import besides itself. */
  ours: readonly string[]
  /** npm packages it may import; absent: any, and Node's own modules too. */
  packages?: readonly string[]
}

/** A world never imports another one, and nobody imports what stands above. */
export const layers: Readonly<Record<string, Layer>> = {
  crds: { ours: [], packages: ['zod'] },
  plan: { ours: ['crds'], packages: ['@noble/hashes'] },
  kube: { ours: ['crds', 'plan'] },
  helm: { ours: ['crds', 'plan'] },
  proxmox: { ours: ['crds', 'plan'] },
  controllers: { ours: ['crds', 'plan', 'kube', 'helm', 'proxmox', 'config'] },
  config: { ours: [] },
  main: { ours: ['crds', 'plan', 'kube', 'helm', 'proxmox', 'controllers', 'config'] },
}

/** One sentence for each import that its layer does not allow. Tests may import whatever they test with. */
export function importViolations(files: readonly SourceFile[]): string[] {
  return files
    .filter(file => !isTest(file))
    .flatMap(file => importsOf(file.text).flatMap(name => judge(file.path, name)))
}

function judge(path: string, imported: string): string[] {
  const from = layerOf(path)
  const layer = layers[from]
  if (layer === undefined) return [`${path}: "${from}" is no layer`]
  if (!imported.startsWith('.')) {
    const allowed = layer.packages?.some(name => imported === name || imported.startsWith(`${name}/`)) ?? true
    return allowed ? [] : [`${path}: ${from} must not import ${imported}`]
  }
  const target = posix.join(posix.dirname(path), imported)
  if (!target.startsWith('src/')) return [`${path}: src must not import ${target}`]
  const to = layerOf(target)
  return to === from || layer.ours.includes(to) ? [] : [`${path}: ${from} must not import ${to} (${target})`]
}

/** `plan` of src/plan/names.ts, `main` of src/main.ts. */
function layerOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '')
}
