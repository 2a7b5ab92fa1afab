/** Every version that this repository pins for things npm does not install. Nothing else names a version. */

export const versions = {
  /** kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy and kubectl. */
  kubernetes: 'v1.36.3',
  etcd: 'v3.6.8',
  helm: 'v4.3.1',
  cloudnativePg: 'v1.30.0',
  coredns: 'v1.12.4',
  traefik: 'v3.5.0',
  /** Evaluates NetworkPolicies against a table of flows. */
  cyclonus: 'v0.5.6',
  /** Tests the alerts. */
  prometheus: 'v3.15.0',
  /** The registry that charts are pulled from in tests. */
  distribution: 'v3.1.2',
  kind: 'v0.33.0',
  /** Compiles what has no usable release. Any newer Go on PATH will do as well. */
  go: 'v1.26.8',
  /** Major version, as Debian packages it. */
  postgres: '15',
  /** Major version; the npm package `node` brings the binary. */
  node: '24',
  debian: 'bookworm',
} as const

/**
 * A node image belongs to one release of kind and must be named by digest. kind v0.33.0 was published with one image of
 * Kubernetes 1.36, which is a patch release ahead of `versions.kubernetes`.
 * Source: https://github.com/kubernetes-sigs/kind/releases/tag/v0.33.0
 */
export const kindNodeImage =
  'kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed'
