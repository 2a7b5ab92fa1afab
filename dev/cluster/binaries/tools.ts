/** Every program a cluster is made of, as data: where its release is, how Go builds it, how it tells its version. */

import { versions } from '../../versions.ts'

export interface Tool {
  /** As tagged: `v` and three numbers. */
  version: string
  /** Arguments that make it print its version. */
  versionArgs: readonly string[]
  /** False for what goes into an image: a distribution's build may want shared libraries that the image lacks. */
  fromPath: boolean
  /** Absent where the project publishes images only. */
  release?: Asset
  module: GoModule
  /** Import path of its main package. */
  package: string
}

/** A published file; `{os}`, `{arch}`, `{version}` (with v) and `{number}` (without) stand for what their names say. */
export interface Asset {
  url: string
  /** One SHA-256 in hexadecimal, or lines of `<sum>  <file name>`. */
  checksumUrl: string
  /** Path of the program inside the archive; absent where the asset is the program itself. */
  member?: string
}

export interface GoModule {
  path: string
  version: string
  /** Settings of the linker's -X flag, without which the program does not know its own version. */
  linkerVariables: Readonly<Record<string, string>>
  /** Build tags that leave out what is not needed. */
  tags?: readonly string[]
  /** Minutes of a first build on two cores, to tell people what they wait for. */
  coldBuildMinutes: number
  /** Version of the modules that the module's own go.mod replaces with folders of its repository. */
  stagingVersion?: string
  /** Files to embed that the module does not contain, with contents to use instead. */
  placeholders?: Readonly<Record<string, string>>
}

const kubernetes: GoModule = {
  path: 'k8s.io/kubernetes',
  version: versions.kubernetes,
  linkerVariables: {
    'k8s.io/component-base/version.gitVersion': versions.kubernetes,
    'k8s.io/component-base/version.gitMajor': versions.kubernetes.split(/[v.]/)[1] ?? '',
    'k8s.io/component-base/version.gitMinor': versions.kubernetes.split(/[v.]/)[2] ?? '',
  },
  coldBuildMinutes: 5,
  stagingVersion: versions.kubernetes.replace(/^v1\./, 'v0.'),
}

function kubernetesTool(name: string, versionArgs: readonly string[] = ['--version']): Tool {
  const url = `https://dl.k8s.io/release/{version}/bin/{os}/{arch}/${name}`
  return {
    version: versions.kubernetes,
    versionArgs,
    fromPath: true,
    release: { url, checksumUrl: `${url}.sha256` },
    module: kubernetes,
    package: `k8s.io/kubernetes/cmd/${name}`,
  }
}

export const tools = {
  'kube-apiserver': kubernetesTool('kube-apiserver'),
  'kube-controller-manager': kubernetesTool('kube-controller-manager'),
  'kube-scheduler': kubernetesTool('kube-scheduler'),
  kubelet: kubernetesTool('kubelet'),
  'kube-proxy': kubernetesTool('kube-proxy'),
  kubectl: kubernetesTool('kubectl', ['version', '--client']),
  etcd: {
    version: versions.etcd,
    versionArgs: ['--version'],
    fromPath: true,
    release: {
      url: 'https://github.com/etcd-io/etcd/releases/download/{version}/etcd-{version}-{os}-{arch}.tar.gz',
      checksumUrl: 'https://github.com/etcd-io/etcd/releases/download/{version}/SHA256SUMS',
      member: 'etcd-{version}-{os}-{arch}/etcd',
    },
    module: { path: 'go.etcd.io/etcd/server/v3', version: versions.etcd, linkerVariables: {}, coldBuildMinutes: 1 },
    package: 'go.etcd.io/etcd/server/v3',
  },
  helm: {
    version: versions.helm,
    versionArgs: ['version', '--short'],
    fromPath: false,
    release: {
      url: 'https://get.helm.sh/helm-{version}-{os}-{arch}.tar.gz',
      checksumUrl: 'https://get.helm.sh/helm-{version}-{os}-{arch}.tar.gz.sha256sum',
      member: '{os}-{arch}/helm',
    },
    module: {
      path: 'helm.sh/helm/v4',
      version: versions.helm,
      linkerVariables: { 'helm.sh/helm/v4/internal/version.version': versions.helm },
      coldBuildMinutes: 2,
    },
    package: 'helm.sh/helm/v4/cmd/helm',
  },
  'cnpg-manager': {
    version: versions.cloudnativePg,
    versionArgs: ['version'],
    fromPath: false,
    module: {
      path: 'github.com/cloudnative-pg/cloudnative-pg',
      version: versions.cloudnativePg,
      linkerVariables: {},
      coldBuildMinutes: 2,
    },
    package: 'github.com/cloudnative-pg/cloudnative-pg/cmd/manager',
  },
  coredns: {
    version: versions.coredns,
    versionArgs: ['-version'],
    fromPath: false,
    release: {
      url: 'https://github.com/coredns/coredns/releases/download/{version}/coredns_{number}_{os}_{arch}.tgz',
      checksumUrl:
        'https://github.com/coredns/coredns/releases/download/{version}/coredns_{number}_{os}_{arch}.tgz.sha256',
      member: 'coredns',
    },
    module: { path: 'github.com/coredns/coredns', version: versions.coredns, linkerVariables: {}, coldBuildMinutes: 2 },
    package: 'github.com/coredns/coredns',
  },
  traefik: {
    version: versions.traefik,
    versionArgs: ['version'],
    fromPath: false,
    release: {
      url: 'https://github.com/traefik/traefik/releases/download/{version}/traefik_{version}_{os}_{arch}.tar.gz',
      checksumUrl: 'https://github.com/traefik/traefik/releases/download/{version}/traefik_{version}_checksums.txt',
      member: 'traefik',
    },
    module: {
      path: 'github.com/traefik/traefik/v3',
      version: versions.traefik,
      linkerVariables: { 'github.com/traefik/traefik/v3/pkg/version.Version': versions.traefik },
      coldBuildMinutes: 7,
      placeholders: { 'webui/static/index.html': '<!doctype html><title>Traefik</title>\n' },
    },
    package: 'github.com/traefik/traefik/v3/cmd/traefik',
  },
  kind: {
    version: versions.kind,
    versionArgs: ['version'],
    fromPath: true,
    release: {
      url: 'https://github.com/kubernetes-sigs/kind/releases/download/{version}/kind-{os}-{arch}',
      checksumUrl: 'https://github.com/kubernetes-sigs/kind/releases/download/{version}/kind-{os}-{arch}.sha256sum',
    },
    module: { path: 'sigs.k8s.io/kind', version: versions.kind, linkerVariables: {}, coldBuildMinutes: 1 },
    package: 'sigs.k8s.io/kind',
  },
  cyclonus: {
    version: versions.cyclonus,
    versionArgs: ['version'],
    fromPath: true,
    module: {
      path: 'github.com/mattfenwick/cyclonus',
      version: versions.cyclonus,
      linkerVariables: { 'github.com/mattfenwick/cyclonus/pkg/cli.version': versions.cyclonus },
      coldBuildMinutes: 2,
    },
    package: 'github.com/mattfenwick/cyclonus/cmd/cyclonus',
  },
  registry: {
    version: versions.distribution,
    versionArgs: ['--version'],
    fromPath: false,
    release: {
      url: 'https://github.com/distribution/distribution/releases/download/{version}/registry_{number}_{os}_{arch}.tar.gz',
      checksumUrl:
        'https://github.com/distribution/distribution/releases/download/{version}/registry_{number}_{os}_{arch}.tar.gz.sha256',
      member: 'registry',
    },
    module: {
      path: 'github.com/distribution/distribution/v3',
      version: versions.distribution,
      linkerVariables: { 'github.com/distribution/distribution/v3/version.version': versions.distribution },
      coldBuildMinutes: 2,
    },
    package: 'github.com/distribution/distribution/v3/cmd/registry',
  },
  promtool: {
    version: versions.prometheus,
    versionArgs: ['--version'],
    fromPath: true,
    release: {
      url: 'https://github.com/prometheus/prometheus/releases/download/{version}/prometheus-{number}.{os}-{arch}.tar.gz',
      checksumUrl: 'https://github.com/prometheus/prometheus/releases/download/{version}/sha256sums.txt',
      member: 'prometheus-{number}.{os}-{arch}/promtool',
    },
    module: {
      path: 'github.com/prometheus/prometheus',
      // As a module, release 3.15.0 is v0.315.0.
      version: versions.prometheus.replace(/^v(\d+)\./, 'v0.$1'),
      linkerVariables: { 'github.com/prometheus/common/version.Version': versions.prometheus.replace(/^v/, '') },
      coldBuildMinutes: 2,
      tags: ['remove_all_sd'],
    },
    package: 'github.com/prometheus/prometheus/cmd/promtool',
  },
} satisfies Record<string, Tool>

export type BinaryName = keyof typeof tools
