/** The two ways in which charts are published, for real: a registry, and a folder behind a web server. TLS and passwords. */
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { execa } from 'execa'
import { stringify } from 'yaml'
import { binaries } from '../../dev/cluster/binaries/binary.ts'
import { createAuthority, issueCertificate } from '../../dev/cluster/control-plane/certificate.ts'
import { type StartedProgram, startProgram, stopPrograms, untilReady } from '../../dev/cluster/control-plane/process.ts'
import { freePort } from '../../dev/cluster/free-port.ts'

export const USER = 'puller'
export const PASSWORD = 'registry-planted-secret'
/** bcrypt of it, with the least cost. */
const HTPASSWD = `${USER}:$2b$05$abcdefghijklmnopqrstuun3vMR8PxdojNNyH9GqqkgpalgnCPD/2\n`

export interface ChartRegistry {
  /** `oci://…/charts`. */
  readonly oci: string
  /** `https://…/charts`. */
  readonly https: string
  /** Who signs the certificates of both, as PEM. */
  readonly ca: string
  /** To both, under this version, with this text in a file of the chart. What was there before is replaced. The digest of the manifest, as helm prints it. */
  publish(chart: string, version: string, text?: string): Promise<string>
  /** How often either was asked for anything. */
  asked(): number
  startServers(): Promise<void>
  stopServers(): Promise<void>
  stop(): Promise<void>
}

export async function startChartRegistry(): Promise<ChartRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-registry-'))
  const { helm, registry } = await binaries(['helm', 'registry'])
  const authority = await createAuthority('charts')
  const subject = { commonName: 'charts', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] }
  const { certificate, key } = await issueCertificate(authority, subject)
  const [ociPort, httpsPort] = [await freePort(), await freePort()]
  const file = (name: string) => join(folder, name)
  const published = file('published')
  await mkdir(join(published, 'charts'), { recursive: true })
  const auth = Buffer.from(`${USER}:${PASSWORD}`).toString('base64')
  const config = {
    version: 0.1,
    log: { level: 'info', accesslog: { disabled: false } },
    storage: { filesystem: { rootdirectory: file('data') } },
    http: { addr: `127.0.0.1:${ociPort}`, tls: { certificate: file('tls.crt'), key: file('tls.key') } },
    auth: { htpasswd: { realm: 'charts', path: file('htpasswd') } },
  }
  await Promise.all([
    writeFile(file('tls.crt'), certificate),
    writeFile(file('tls.key'), key, { mode: 0o600 }),
    writeFile(file('ca.crt'), authority.certificate),
    writeFile(file('htpasswd'), HTPASSWD),
    writeFile(file('registry.json'), JSON.stringify({ auths: { [`127.0.0.1:${ociPort}`]: { auth } } })),
    writeFile(file('config.yml'), stringify(config)),
  ])
  let asked = 0
  let web: Server | undefined
  let program: StartedProgram | undefined
  const oci = `oci://127.0.0.1:${ociPort}/charts`
  const home = { HELM_CACHE_HOME: file('helm'), HELM_CONFIG_HOME: file('helm'), HELM_DATA_HOME: file('helm') }
  const run = (...args: string[]) => execa(helm, args, { env: home })

  const startServers = async () => {
    const options = {
      name: 'registry',
      file: registry,
      args: ['serve', file('config.yml')],
      folder,
      logFile: file('registry.log'),
    }
    program = await startProgram(folder, { ...options, diesWithUs: true })
    const isUp = async () =>
      (await execa('grep', ['-q', 'listening on', file('registry.log')], { reject: false })).exitCode === 0
    await untilReady([program], isUp, 30_000)
    web = createServer({ cert: certificate, key }, (request, response) => {
      asked += 1
      if (request.headers.authorization !== `Basic ${auth}`) {
        response.writeHead(401).end()
        return
      }
      const name = basename((request.url ?? '').split('?')[0] ?? '')
      createReadStream(join(published, 'charts', name))
        .on('error', () => response.writeHead(404).end())
        .pipe(response)
    })
    await new Promise<void>(resolve => web?.listen(httpsPort, '127.0.0.1', resolve))
  }
  const stopServers = async () => {
    if (program !== undefined) await stopPrograms([program], 5_000)
    await new Promise(resolve => {
      web?.close(resolve)
      web?.closeAllConnections()
    })
    program = undefined
  }
  await startServers()
  return {
    oci,
    https: `https://127.0.0.1:${httpsPort}/charts`,
    ca: authority.certificate,
    async publish(chart, version, text = '') {
      const source = file(`source-${version}`)
      await rm(source, { recursive: true, force: true })
      await execa('cp', ['-r', chart, source])
      await writeFile(join(source, 'NOTE'), text)
      await run('package', source, `--version=${version}`, `--destination=${join(published, 'charts')}`)
      await run('repo', 'index', join(published, 'charts'))
      const archive = join(published, 'charts', `${basename(chart)}-${version}.tgz`)
      const pushed = await run(
        'push',
        archive,
        oci,
        `--registry-config=${file('registry.json')}`,
        `--ca-file=${file('ca.crt')}`,
      )
      return /^Digest: (\S+)$/m.exec(`${pushed.stdout}\n${pushed.stderr}`)?.[1] ?? ''
    },
    asked: () => asked,
    startServers,
    stopServers,
    async stop() {
      await stopServers()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The Secret with which both are asked; `username` and `password` can be wrong. */
export function credentialsSecret(
  name: string,
  repository: string,
  { ca }: ChartRegistry,
  data: Record<string, string> = {},
) {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'tenantry-system' },
    stringData: { repository, username: USER, password: PASSWORD, 'ca.crt': ca, ...data },
  }
}
