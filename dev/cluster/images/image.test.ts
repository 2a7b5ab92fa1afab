import { expect, test } from 'vitest'
import { dockerManifest, type Image, imageArchitecture, imageIndex, packImage, parseIndex } from './image.ts'

const layer = { digest: 'sha256:aa', sizeBytes: 10, path: '/cache/layer.tar' }
const image: Image = {
  name: 'tenantry.local/app',
  tags: ['1', '1.2'],
  layers: [layer],
  config: { User: '65532:65532', Entrypoint: ['/app'] },
}

test('the manifest names configuration and layers by digest and size, and the configuration says how to run', () => {
  const packed = packImage(image)
  expect(JSON.parse(packed.manifest.content.toString())).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: packed.config.digest,
      size: packed.config.content.length,
    },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: 'sha256:aa', size: 10 }],
  })
  expect(JSON.parse(packed.config.content.toString())).toEqual({
    architecture: imageArchitecture(),
    os: 'linux',
    config: {
      User: '65532:65532',
      Entrypoint: ['/app'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    },
    rootfs: { type: 'layers', diff_ids: ['sha256:aa'] },
  })
})

test('the digest is that of the content: equal for equal images, another for another layer or configuration', () => {
  const { digest } = packImage(image)
  expect(packImage(structuredClone(image)).digest).toBe(digest)
  expect(packImage({ ...image, layers: [{ ...layer, digest: 'sha256:bb' }] }).digest).not.toBe(digest)
  expect(packImage({ ...image, config: { ...image.config, User: '0:0' } }).digest).not.toBe(digest)
})

test('every reference is in the index with the digest, and can be read from it', () => {
  const packed = packImage(image)
  expect(parseIndex(imageIndex([packed]))).toEqual(
    new Map([
      ['tenantry.local/app:1', packed.digest],
      ['tenantry.local/app:1.2', packed.digest],
    ]),
  )
})

test('older Dockers find configuration and layers where the archive has them', () => {
  const packed = packImage(image)
  expect(JSON.parse(dockerManifest([packed]).toString())).toEqual([
    {
      Config: packed.config.digest.replace(':', '/').replace(/^/, 'blobs/'),
      RepoTags: ['tenantry.local/app:1', 'tenantry.local/app:1.2'],
      Layers: ['blobs/sha256/aa'],
    },
  ])
})
