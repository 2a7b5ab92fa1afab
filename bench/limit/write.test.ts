import { expect, test } from 'vitest'
import { type Write, writesFor } from './write.ts'

test('what was made for the model is written for a tenant, namespaces and all', () => {
  const write = (tenant: string): Write => ({
    verb: 'apply',
    manager: 'helm',
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'api', namespace: `tenant-${tenant}` } },
  })
  expect(writesFor('bench-0007', 'bench-0000', [write('bench-0000')])).toEqual([write('bench-0007')])
})
