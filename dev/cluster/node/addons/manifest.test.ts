import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { dnsAddress, ingressAddress } from '../layout.ts'
import { provisionerName } from '../provisioner/volume.ts'
import { byOperatorImage, byShortName, withImages } from './manifest.ts'

const manifest = `apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
      - name: manager
        image: upstream/operator:1
        imagePullPolicy: Always
        readinessProbe: {httpGet: {port: 1}}
        env:
        - {name: OPERATOR_IMAGE_NAME, value: "upstream/operator:1"}
        - {name: OTHER, value: kept}
`

test('the operator gets our images everywhere it names its own, and nothing else changes', () => {
  const [namespace, deployment] = parse(
    withImages(manifest, byOperatorImage('tenantry.local/operator:1', 'tenantry.local/postgresql:15')),
  )
  expect(namespace).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } })
  expect(deployment.spec.template.spec.containers).toEqual([
    {
      name: 'manager',
      image: 'tenantry.local/operator:1',
      imagePullPolicy: 'IfNotPresent',
      readinessProbe: { httpGet: { port: 1 }, periodSeconds: 1 },
      env: [
        { name: 'OTHER', value: 'kept' },
        { name: 'OPERATOR_IMAGE_NAME', value: 'tenantry.local/operator:1' },
        { name: 'POSTGRES_IMAGE_NAME', value: 'tenantry.local/postgresql:15' },
      ],
    },
  ])
})

test('a short name without a reference is an error', () => {
  expect(() => withImages(manifest, byShortName({}))).toThrow('there is no image upstream/operator:1')
})

test('addresses and names in the YAML files are those that the programs use', async () => {
  const read = (file: string) => readFile(join(import.meta.dirname, file), 'utf8').then(parse)
  const [dns, ingress, storage] = await Promise.all(['coredns.yaml', 'traefik.yaml', 'storage.yaml'].map(read))
  const addresses = [dns, ingress].map(objects => objects?.find(({ kind }) => kind === 'Service').spec.clusterIP)
  expect(addresses).toEqual([dnsAddress, ingressAddress])
  expect(JSON.stringify(ingress)).toContain(`ingressendpoint.ip=${ingressAddress}`)
  expect(storage?.map(({ provisioner }) => provisioner)).toEqual([provisionerName])
})

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind, as YAML has them
function parse(text: string): any[] {
  return parseAllDocuments(text).map(document => document.toJS())
}
