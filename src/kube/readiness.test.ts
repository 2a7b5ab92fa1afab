import { expect, test } from 'vitest'
import type { KubeObject } from '../plan/object.ts'
import type { ListOptions } from './client.ts'
import { KubeError } from './errors.ts'
import { observeReadiness } from './readiness.ts'

const NAMESPACE = 'tenant-acme'
const entry = (kind: string, name: string) => ({ apiVersion: 'example.org/v1', kind, namespace: NAMESPACE, name })

function thing(name: string, status: string): KubeObject {
  const { apiVersion, kind, namespace } = entry('Thing', name)
  return { apiVersion, kind, metadata: { name, namespace }, status: { conditions: [{ type: 'Ready', status }] } }
}

async function look(answers: Readonly<Record<string, readonly KubeObject[] | Error>>, ...names: readonly string[]) {
  const asked: string[] = []
  const list = async ({ kind }: { kind: string }, { namespace }: ListOptions = {}) => {
    asked.push(`${kind} ${namespace}`)
    const answer = answers[kind] ?? []
    if (answer instanceof Error) throw answer
    return [...answer]
  }
  const entries = names.map(name => entry(...(name.split(' ') as [string, string])))
  return { ...(await observeReadiness({ list }, entries)), asked }
}

test('objects of the release are asked for by one list of their kind, and those of others are not told', async () => {
  const things = [thing('c', 'False'), thing('b', 'True'), thing('a', 'False'), thing('theirs', 'False')]
  const { unready, unjudged, asked } = await look({ Thing: things }, 'Thing a', 'Thing b', 'Thing c', 'Thing gone')
  expect(unready.map(({ ref }) => ref.name)).toEqual(['a', 'c'])
  expect([unjudged, asked]).toEqual([[], ['Thing tenant-acme']])
})

test('a kind that may not be listed is not judged, and one that is gone is told elsewhere', async () => {
  const refused = new KubeError({ status: 403, reason: 'Forbidden', message: 'no' })
  const notServed = new KubeError({ status: 404, reason: 'KindNotServed', message: 'no such kind' })
  const answers = { Thing: [thing('a', 'False')], Other: refused, Former: notServed }
  const { unready, unjudged } = await look(answers, 'Thing a', 'Other a', 'Former a')
  expect([unready.length, unjudged]).toEqual([1, [refused]])
  const away = new KubeError({ status: 0, reason: 'Unreachable', message: 'away' })
  await expect(look({ Thing: away }, 'Thing a')).rejects.toThrow(away)
})
