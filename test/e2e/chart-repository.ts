/** A chart repository inside the cluster: index and archive of a chart behind a web server, without TLS and passwords. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { binary } from '../../dev/cluster/binaries/binary.ts'
import type { Kubectl } from '../../dev/demo/kubectl.ts'
import { sampleImage, uniqueName } from './tenant-client.ts'

export interface ChartRepository {
  readonly url: string
  remove(): Promise<void>
}

const namespace = 'default'
const port = 8080
const server = `
  const { createReadStream } = require('node:fs')
  const { basename } = require('node:path')
  const answer = ({ url }, response) =>
    createReadStream('/charts/' + basename(url)).on('error', () => response.writeHead(404).end()).pipe(response)
  require('node:http').createServer(answer).listen(${port})
`

/** Resolves when it answers. `chart` is a folder. */
export async function serveChart(kubectl: Kubectl, chart: string): Promise<ChartRepository> {
  const name = uniqueName('charts')
  const labels = { app: name }
  const metadata = { name, namespace, labels }
  const objects = [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: await published(chart) },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 80, targetPort: port }] },
    },
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: podSpec(name) },
  ]
  await kubectl.run(['create', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
  await kubectl.run(['wait', '-n', namespace, `pod/${name}`, '--for=condition=Ready', '--timeout=60s'])
  return {
    url: `http://${name}.${namespace}.svc`,
    async remove() {
      const those = ['-n', namespace, '-l', `app=${name}`, '--grace-period=0', '--force']
      await kubectl.run(['delete', 'configmaps,services,pods', ...those])
    },
  }
}

/** What `helm package` and `helm repo index` make of a chart, by file name, in base 64. */
async function published(chart: string): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-charts-'))
  try {
    const helm = await binary('helm')
    await execa(helm, ['package', chart, `--destination=${folder}`])
    await execa(helm, ['repo', 'index', folder])
    const contents = (await readdir(folder)).map(async file => [file, await readFile(join(folder, file), 'base64')])
    return Object.fromEntries(await Promise.all(contents))
  } finally {
    await rm(folder, { recursive: true })
  }
}

function podSpec(name: string) {
  return {
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'server',
        image: sampleImage,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '--eval', server],
        readinessProbe: { httpGet: { path: '/index.yaml', port }, periodSeconds: 1 },
        volumeMounts: [{ name: 'charts', mountPath: '/charts' }],
      },
    ],
    volumes: [{ name: 'charts', configMap: { name } }],
  }
}
