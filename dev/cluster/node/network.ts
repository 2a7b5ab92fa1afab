/** The network inside a node: a loopback interface and nothing else. No interface leads out. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { nodeAddress, podRange, serviceRange } from './layout.ts'

/** Runs in the node's network namespace. */
export function setUpNetwork(): void {
  for (const args of networkCommands()) execFileSync('ip', args)
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1')
}

/** Arguments of ip(8). */
export function networkCommands(): string[][] {
  return [
    ['link', 'set', 'lo', 'up'],
    ['address', 'add', `${nodeAddress}/32`, 'dev', 'lo'],
    // Only so that the node's own connections get as far as kube-proxy's rules, which send them to a pod.
    ['route', 'add', serviceRange, 'dev', 'lo', 'src', nodeAddress],
  ]
}

/**
 * Each pod has a pair of interfaces of its own and is routed to. Between pods on one bridge the rules of kube-proxy
 * would work only where the machine has the module br_netfilter, which changes how all its bridges work.
 */
export function cniConfig(): string {
  const config = {
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'ptp',
        ipMasq: false,
        ipam: { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] },
      },
    ],
  }
  return JSON.stringify(config, undefined, 2)
}
