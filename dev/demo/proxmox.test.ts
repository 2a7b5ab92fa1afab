import { expect, test } from 'vitest'
import { proxmoxClusterSpecSchema } from '../../src/crds/proxmox-cluster.ts'
import { proxmoxObjects } from './proxmox.ts'

const objects = proxmoxObjects({
  url: 'https://10.244.0.1:8006',
  outerUrl: 'https://localhost:8006',
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
  token: { id: 'operator@pve!k8s', secret: 'planted-secret' },
})

test('the Proxmox cluster of the demo is one that the operator takes', () => {
  const { spec } = objects[1] as { spec: unknown }
  expect(proxmoxClusterSpecSchema.safeParse(spec).error).toBeUndefined()
})

test('the secret of its token is in the Secret alone', () => {
  expect(objects.map(object => JSON.stringify(object).includes('planted-secret'))).toEqual([true, false])
})
