/** What to try once the demo stands. Text only. */

import type { Cluster } from '../cluster/provider.ts'
import { authorityFile } from './ingress-certificate.ts'
import type { Tenant } from './tenants.ts'

export function nextSteps(
  { name, kubeconfig, httpsPort }: Cluster,
  { stateDir, programs, proxmoxUrl }: { stateDir: string; programs: string; proxmoxUrl?: string | undefined },
  tenants: readonly Tenant[],
): string {
  const cluster = name === 'demo' ? '' : ` CLUSTER=${name}`
  return [
    'Open in a browser (it asks whether to trust the certificate; the authority that signed it is in',
    `${authorityFile(stateDir)}):`,
    ...tenants.map(tenant => `  ${urlOf(tenant, httpsPort)}`),
    ...(proxmoxUrl === undefined ? [] : [`  ${proxmoxUrl}     # what is in the simulated Proxmox VE`]),
    '',
    'For the commands below:',
    `  export KUBECONFIG=${kubeconfig} PATH=${programs}:$PATH`,
    '',
    'The user name is the email of the owner; this prints the password:',
    ...tenants.slice(0, 1).map(tenant => `  ${passwordCommand(tenant)}`),
    '',
    'Try:',
    '  kubectl get tenants -o wide',
    '  kubectl describe tenant acme',
    '  kubectl -n tenant-acme get pods,ingress,clusters.postgresql.cnpg.io',
    '  helm -n tenant-acme history tenant-acme',
    ...(proxmoxUrl === undefined ? [] : ['  kubectl get tenants,tenantmachines,networkleases -A']),
    `  kubectl patch tenant acme --type=merge -p '{"spec":{"overrides":{"app":{"webReplicas":2}}}}'`,
    '  kubectl delete tenant initech',
    `  make dev${cluster}     # the operator from the sources, instead of the one in the cluster`,
    `  make down${cluster}    # removes the cluster and everything in it`,
  ].join('\n')
}

/** Browsers and curl take every name below localhost for this machine; the port leads into the cluster. */
function urlOf({ metadata, status }: Tenant, httpsPort: number | undefined): string {
  return `${status?.url ?? metadata.name}${httpsPort === undefined ? '' : `:${httpsPort}`}`
}

function passwordCommand({ status }: Tenant): string {
  const { namespace, secretName, passwordKey } = status?.credentials ?? {}
  return `kubectl -n ${namespace} get secret ${secretName} -o jsonpath='{.data.${passwordKey}}' | base64 -d`
}
