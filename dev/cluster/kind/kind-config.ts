/** Configuration and arguments of kind. */

import { stringify } from 'yaml'
import { kindNodeImage } from '../../versions.ts'

export interface KindPorts {
  httpPort: number
  httpsPort: number
}

/** Ports of the node at which a service brings requests to the ingress controller. */
export const nodePorts = { http: 30080, https: 30443 } as const

/** kind's clusters share one namespace with everything else on the machine. */
export function kindName(name: string): string {
  return `tenantry-${name}`
}

/** One node whose ports for the ingress controller are ports of this machine's loopback address. */
export function kindConfig({ httpPort, httpsPort }: KindPorts): string {
  const mapping = (containerPort: number, hostPort: number) => ({ containerPort, hostPort, listenAddress: '127.0.0.1' })
  return stringify({
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    nodes: [
      {
        role: 'control-plane',
        image: kindNodeImage,
        extraPortMappings: [mapping(nodePorts.http, httpPort), mapping(nodePorts.https, httpsPort)],
      },
    ],
  })
}

export function createArgs(name: string, { config, kubeconfig }: { config: string; kubeconfig: string }): string[] {
  return ['create', 'cluster', '--name', kindName(name), '--config', config, '--kubeconfig', kubeconfig, '--wait', '3m']
}

export function deleteArgs(name: string, kubeconfig: string): string[] {
  return ['delete', 'cluster', '--name', kindName(name), '--kubeconfig', kubeconfig]
}

export function loadArgs(name: string, archive: string): string[] {
  return ['load', 'image-archive', archive, '--name', kindName(name)]
}
