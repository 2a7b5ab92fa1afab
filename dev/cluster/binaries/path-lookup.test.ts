import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findOnPath, namesVersion } from './path-lookup.ts'

const printed = [
  'Kubernetes v1.36.3',
  'Client Version: v1.36.3\nKustomize Version: v5.8.1',
  'v1.36.3+g0ab12cd',
  'etcd Version: 1.36.3\nGit SHA: x',
  'CoreDNS-1.36.3\nlinux/amd64',
  '{Version:1.36.3 Commit:none}',
]

test.each(printed)('%j names the version', text => {
  expect(namesVersion(text, 'v1.36.3')).toBe(true)
})

test.each(['v1.36.30', 'v1.36.3-rc.1', 'v11.36.3', '2.1.36.3', 'v1.36.3.1', 'v1x36.3', ''])('%j does not', text => {
  expect(namesVersion(text, 'v1.36.3')).toBe(false)
})

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'path-'))
})
afterEach(() => rm(folder, { recursive: true }))

test('a program of another version, one that fails and one that is no program are passed over', async () => {
  const program = async (name: string, text: string, mode = 0o755) => {
    const inner = await mkdtemp(join(folder, name))
    await writeFile(join(inner, 'tool'), `#!/bin/sh\n${text}\n`, { mode })
    return inner
  }
  const old = await program('old', 'echo v1.0.0')
  const failing = await program('failing', 'echo v2.0.0; exit 1')
  const text = await program('text', 'echo v2.0.0', 0o644)
  const right = await program('right', 'test "$1" = --version && echo tool 2.0.0 >&2')
  const tool = { version: 'v2.0.0', versionArgs: ['--version'] }
  const path = (...folders: string[]) => [...folders, 'relative', ''].join(':')
  expect(await findOnPath('tool', tool, path(old, failing, text, right))).toBe(join(right, 'tool'))
  expect(await findOnPath('tool', tool, path(old, failing, text))).toBeUndefined()
})
