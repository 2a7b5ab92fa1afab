/** Builds one rootfs layer. Runs in mount and pid namespaces of its own, so nothing it mounts or starts outlives it. */

import { spawnSync } from 'node:child_process'
import { existsSync, globSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { RootfsBuild } from './rootfs.ts'

const installEnv = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  DEBIAN_FRONTEND: 'noninteractive',
}
/** How the machine reaches its package mirror; shown to the build only while it runs. */
const networkFiles = ['/etc/resolv.conf', '/etc/hosts', '/etc/ssl/certs/ca-certificates.crt']
const networkEnv = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']

const input = JSON.parse(readFileSync(0, 'utf8')) as RootfsBuild
if (input.bootstrap !== undefined) buildFirst(input, input.bootstrap)
else buildOnTop(input)
for (const pattern of input.layer.drop) {
  for (const path of globSync(pattern, { cwd: input.target })) rmSync(join(input.target, path), { recursive: true })
}

function buildFirst({ layer, target }: RootfsBuild, { argv, env }: RootfsBuild['bootstrap'] & object): void {
  run(argv, { ...process.env, ...env, LC_ALL: 'C' })
  writeFiles(target, layer.files)
  for (const command of layer.commands) run(['chroot', target, ...command], chrootEnv())
}

function buildOnTop({ layer, lower, target }: RootfsBuild): void {
  const scratch = `${target}.build`
  const root = join(scratch, 'root')
  const work = join(scratch, 'work')
  for (const folder of [target, root, work]) mkdirSync(folder, { recursive: true })
  const overlay = `lowerdir=${lower.join(':')},upperdir=${target},workdir=${work}`
  run(['mount', '-t', 'overlay', 'overlay', '-o', overlay, root])
  try {
    run(['mount', '-t', 'proc', 'proc', join(root, 'proc')])
    run(['mount', '--rbind', '/dev', join(root, 'dev')])
    run(['mount', '-t', 'tmpfs', 'tmpfs', join(root, 'tmp')])
    for (const file of networkFiles.filter(existsSync)) shareFile(root, file)
    writeFiles(root, layer.files)
    const inside = (...argv: string[]) => run(['chroot', root, ...argv], chrootEnv())
    const apt = ['apt-get', '-y', '-o', 'APT::Sandbox::User=root', '-o', 'Dpkg::Options::=--force-confold']
    inside(...apt, 'update')
    inside(...apt, 'install', '--no-install-recommends', ...layer.packages)
    for (const command of layer.commands) inside(...command)
  } finally {
    run(['umount', '--recursive', root])
    rmSync(scratch, { recursive: true })
  }
}

function shareFile(root: string, file: string): void {
  const inside = join(root, file)
  mkdirSync(dirname(inside), { recursive: true })
  if (lstatSync(inside, { throwIfNoEntry: false }) === undefined) writeFileSync(inside, '')
  run(['mount', '--bind', file, inside])
}

function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    const inside = join(root, path)
    mkdirSync(dirname(inside), { recursive: true })
    writeFileSync(inside, content, { mode: content.startsWith('#!') ? 0o755 : 0o644 })
  }
}

function chrootEnv(): NodeJS.ProcessEnv {
  const network = networkEnv.flatMap(name => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  return { ...installEnv, ...Object.fromEntries(network) }
}

/** Ends the build at the first failure; the namespaces take mounts and children with them. */
function run([file, ...args]: string[], env?: NodeJS.ProcessEnv): void {
  const { status, error } = spawnSync(file ?? '', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: env ?? process.env,
  })
  if (status === 0) return
  console.log(`failed: ${[file, ...args].join(' ')}: ${error?.message ?? `exit code ${status}`}`)
  process.exit(1)
}
