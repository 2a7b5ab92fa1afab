import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageArchive } from './archive.ts'
import { archiveStream, readArchive } from './archive-file.ts'
import { type PackedImage, packImage } from './image.ts'
import type { Layer } from './layer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-archive-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('tar finds every blob under its digest, a shared layer once, and layers that are present not at all', async () => {
  const [base, one, two] = await Promise.all([layer('base'), layer('one'), layer('two')])
  const images = [imageOf('one', [base, one]), imageOf('two', [base, two])]
  const archive = await write(images, new Set([two.digest]))
  const { stdout } = await execa('tar', ['--list', '--file', archive])
  const blobs = [...images.flatMap(({ config, manifest }) => [config, manifest]), base, one]
  expect(stdout.split('\n')).toEqual([
    'oci-layout',
    'index.json',
    'manifest.json',
    ...blobs.map(({ digest }) => `blobs/${digest.replace(':', '/')}`),
  ])
  const content = await execa('tar', ['--extract', '--to-stdout', '--file', archive, blobPath(one)])
  expect(content.stdout).toBe('one')
})

test('an archive on disk tells its references, and can be sent without layers that are present', async () => {
  const [base, one] = await Promise.all([layer('base'), layer('one')])
  const image = imageOf('one', [base, one])
  const archive = await readArchive(await write([image], new Set()))
  expect(archive.references).toEqual(new Map([['tenantry.local/one:1', image.digest]]))
  const sent = await buffer(archiveStream(archive, new Set([base.digest])))
  expect(sent).toEqual(await buffer(imageArchive([image], new Set([base.digest]))))
})

test('an archive that somebody else made is sent as it is', async () => {
  const path = join(folder, 'foreign.tar')
  await writeFile(join(folder, 'file'), 'x')
  await execa('tar', ['--create', '--file', path, '--directory', folder, 'file'])
  const archive = await readArchive(path)
  expect(archive.references).toBeUndefined()
  expect(await buffer(archiveStream(archive, new Set()))).toEqual(await readFile(path))
})

async function layer(content: string): Promise<Layer> {
  const path = join(folder, content)
  await writeFile(path, content)
  const digest = `sha256:${createHash('sha256')
    .update(await readFile(path))
    .digest('hex')}`
  return { digest, sizeBytes: content.length, path }
}

function imageOf(name: string, layers: Layer[]): PackedImage {
  return packImage({ name: `tenantry.local/${name}`, tags: ['1'], layers, config: { User: '1:1', Entrypoint: [name] } })
}

async function write(images: PackedImage[], present: Set<string>): Promise<string> {
  const path = join(folder, 'archive.tar')
  await pipeline(imageArchive(images, present), createWriteStream(path))
  return path
}

function blobPath({ digest }: Layer): string {
  return `blobs/${digest.replace(':', '/')}`
}
