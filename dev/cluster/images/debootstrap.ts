/** Finds debootstrap, or unpacks it into the cache by apt's own means; installs nothing on the machine. */

import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { versions } from '../../versions.ts'
import { cached } from '../cache.ts'

export interface Debootstrap {
  /** The program with its options; the suite, the target and the mirror follow. */
  argv: string[]
  env: Record<string, string>
  /** The mirror this machine is configured with; absent where it is not a Debian of this suite: then the default. */
  mirror?: string
}

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
const apt = ['-o', 'APT::Sandbox::User=root', '-o', 'APT::Update::Post-Invoke-Success::=']

/** Why there is none on this machine, for people; undefined where there is one. */
export async function debootstrapUnavailable(): Promise<string | undefined> {
  if ((await isInstalled('debootstrap')) && existsSync(keyring)) return undefined
  if (!(await isInstalled('apt-get'))) return 'needs debootstrap with debian-archive-keyring, or apt to fetch them with'
  return (await isInstalled('wget')) ? undefined : 'needs wget, with which debootstrap downloads'
}

export async function findDebootstrap(): Promise<Debootstrap> {
  const reason = await debootstrapUnavailable()
  if (reason !== undefined) throw new Error(`root file system: ${reason}`)
  const options = ['--variant=minbase', '--merged-usr']
  const mirror = await configuredMirror()
  const source = mirror === undefined ? {} : { mirror }
  if ((await isInstalled('debootstrap')) && existsSync(keyring))
    return { argv: ['debootstrap', ...options, `--keyring=${keyring}`], env: {}, ...source }
  const root = await cached('debootstrap', unpack)
  return {
    argv: [join(root, 'usr/sbin/debootstrap'), ...options, `--keyring=${root}${keyring}`],
    env: { DEBOOTSTRAP_DIR: join(root, 'usr/share/debootstrap') },
    ...source,
  }
}

/** Uses package lists of its own, so that the machine's are neither needed nor changed. */
async function unpack(target: string): Promise<void> {
  const lists = join(target, 'lists')
  await mkdir(join(lists, 'partial'), { recursive: true })
  const options = [...apt, '-o', `Dir::State::lists=${lists}`]
  await execa('apt-get', [...options, 'update'])
  await execa('apt-get', [...options, 'download', 'debootstrap', 'debian-archive-keyring'], { cwd: target })
  for (const file of await readdir(target)) {
    if (!file.endsWith('.deb')) continue
    await execa('dpkg-deb', ['--extract', join(target, file), target])
    await rm(join(target, file))
  }
  await rm(lists, { recursive: true })
}

async function configuredMirror(): Promise<string | undefined> {
  const format = '$(CODENAME) $(COMPONENT) $(CREATED_BY) $(REPO_URI)'
  const { stdout, failed } = await execa('apt-get', ['indextargets', '--format', format], { reject: false })
  return failed ? undefined : parseMirror(stdout, versions.debian)
}

/** From lines `<codename> <component> <kind of index> <address>`: where the suite's main packages come from. */
export function parseMirror(targets: string, suite: string): string | undefined {
  const prefix = `${suite} main Packages `
  return targets
    .split('\n')
    .find(line => line.startsWith(prefix))
    ?.slice(prefix.length)
}

async function isInstalled(program: string): Promise<boolean> {
  const { failed } = await execa('which', [program], { reject: false })
  return !failed
}
