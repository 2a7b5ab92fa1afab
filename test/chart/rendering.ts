/** The chart as the real helm renders it: values in, objects or helm's own words out. No cluster is asked. */
import { fileURLToPath } from 'node:url'
import { execa } from 'execa'
import { parseAllDocuments, stringify } from 'yaml'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import type { KubeObject } from '../../src/plan/object.ts'

const CHART = fileURLToPath(new URL('../../charts/tenant', import.meta.url))
export const NAMESPACE = 'tenant-acme'
/** Awaited here, because a first run may have to build it: no test waits for that. */
const helm = await binary('helm')

/** A part of the values, laid over the chart's own. */
export type Values = Record<string, unknown>

export async function renderText(values: Values = {}, release = NAMESPACE): Promise<string> {
  return await runHelm(['template', release, CHART, '--namespace', NAMESPACE, '--values', '-'], values)
}

export async function render(values: Values = {}): Promise<KubeObject[]> {
  return parseObjects(await renderText(values))
}

/** The objects of a text with several YAML documents. */
export function parseObjects(text: string): KubeObject[] {
  return parseAllDocuments(text).flatMap(document => (document.toJS() as KubeObject | null) ?? [])
}

export async function lint(values: Values = {}): Promise<string> {
  return await runHelm(['lint', CHART, '--strict', '--namespace', NAMESPACE, '--values', '-'], values)
}

/** What helm says where it refuses the values; undefined where it takes them. */
export async function refusal(values: Values): Promise<string | undefined> {
  return await renderText(values).then(
    () => undefined,
    (error: { stderr?: string }) => error.stderr ?? '',
  )
}

export function find(objects: readonly KubeObject[], kind: string, name: string): KubeObject {
  const found = objects.find(object => object.kind === kind && object.metadata.name === name)
  if (found === undefined) throw new Error(`the chart renders no ${kind} ${name}`)
  return found
}

export function kindsAndNames(objects: readonly KubeObject[]): string[] {
  return objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()
}

async function runHelm(args: readonly string[], values: Values): Promise<string> {
  const { stdout } = await execa(helm, args, { input: stringify(values) })
  return stdout
}
