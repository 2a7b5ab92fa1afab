/** Writes what follows from the schemas: deploy/crds/ and docs/tenant.md. With --check it only tells what differs. */

import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import { desiredCustomResource } from '../src/crds/custom-resource.ts'
import { KINDS } from '../src/crds/kind.ts'
import { reference } from '../src/crds/reference.ts'

const repository = resolve(import.meta.dirname, '..')
const definitions = 'deploy/crds'
const origin = 'Generated from src/crds/ by `make crds`. Changes belong there.'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })
const files = new Map<string, string | undefined>([...(await obsolete()), ...(await generated())])
const differing = []
for (const [path, text] of files) if ((await read(path)) !== text) differing.push(path)

if (values.check) {
  for (const path of differing) process.stderr.write(`${path} is not what src/crds/ says: run make crds\n`)
  process.exitCode = differing.length === 0 ? 0 : 1
} else {
  for (const path of differing) {
    await write(path, files.get(path))
    process.stdout.write(`${path}\n`)
  }
}

/** Text by path. */
async function generated(): Promise<[string, string][]> {
  const names = KINDS.map(({ plural }) => plural)
  const example = (await readFile(join(repository, 'examples/tenants/minimal.yaml'), 'utf8')).trim()
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: names.map(name => `${name}.yaml`),
  }
  return [
    ...KINDS.map((kind): [string, string] => [`${definitions}/${kind.plural}.yaml`, yaml(desiredCustomResource(kind))]),
    [`${definitions}/kustomization.yaml`, yaml(kustomization)],
    ['docs/tenant.md', reference({ kinds: KINDS, example, origin })],
  ]
}

/** A definition whose kind is gone goes too. */
async function obsolete(): Promise<[string, undefined][]> {
  const found = await readdir(join(repository, definitions)).catch(() => [])
  return found.map(file => [`${definitions}/${file}`, undefined])
}

function yaml(value: unknown): string {
  return `# ${origin}\n${stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })}`
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(repository, path), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function write(path: string, text: string | undefined): Promise<void> {
  const file = join(repository, path)
  if (text === undefined) return rm(file)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
