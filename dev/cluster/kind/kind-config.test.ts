import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kindNodeImage } from '../../versions.ts'
import { nodePortService } from './addons.ts'
import { createArgs, deleteArgs, kindConfig, loadArgs } from './kind-config.ts'

test('the ingress ports of the node are ports of the loopback address', () => {
  expect(parse(kindConfig({ httpPort: 8080, httpsPort: 8443 }))).toEqual({
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    nodes: [
      {
        role: 'control-plane',
        image: kindNodeImage,
        extraPortMappings: [
          { containerPort: 30080, hostPort: 8080, listenAddress: '127.0.0.1' },
          { containerPort: 30443, hostPort: 8443, listenAddress: '127.0.0.1' },
        ],
      },
    ],
  })
})

test('the node image is pinned by digest', () => {
  expect(kindNodeImage).toMatch(/^kindest\/node:v1\.36\.\d+@sha256:[0-9a-f]{64}$/)
})

test("kind's own kubeconfig is left alone", () => {
  const files = { config: '/s/kind.yaml', kubeconfig: '/s/kubeconfig' }
  expect(createArgs('demo', files).join(' ')).toBe(
    'create cluster --name tenantry-demo --config /s/kind.yaml --kubeconfig /s/kubeconfig --wait 3m',
  )
  expect(deleteArgs('demo', '/s/kubeconfig').join(' ')).toBe(
    'delete cluster --name tenantry-demo --kubeconfig /s/kubeconfig',
  )
  expect(loadArgs('demo', '/c/a.tar').join(' ')).toBe('load image-archive /c/a.tar --name tenantry-demo')
})

test('the ports that kind maps are those of the ingress service', () => {
  const { spec } = parse(nodePortService()) as { spec: { ports: { nodePort: number }[] } }
  expect(spec.ports.map(({ nodePort }) => nodePort)).toEqual([30080, 30443])
})
