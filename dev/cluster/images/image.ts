/** An image as the OCI image specification has it: configuration, manifest and index, computed from its layers. Pure but
 * for hashing. https://github.com/opencontainers/image-spec */

import { createHash } from 'node:crypto'
import type { Layer } from './layer.ts'

/** What a container gets unless its pod says otherwise; the specification's own field names. */
export interface RunConfig {
  User: string
  Entrypoint: string[]
  Env?: string[]
  WorkingDir?: string
}

export interface Image {
  /** With registry and repository, without tag. */
  name: string
  tags: string[]
  /** Bottom first. */
  layers: Layer[]
  config: RunConfig
}

export interface Blob {
  digest: string
  content: Buffer
}

export interface PackedImage {
  references: string[]
  /** Of the manifest: what a container runtime knows the image by. */
  digest: string
  config: Blob
  manifest: Blob
  layers: Layer[]
}

const nameAnnotation = 'io.containerd.image.name'
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' }

/** The processor's name in the world of Go and containers. */
export function imageArchitecture(): string {
  return architectures[process.arch] ?? process.arch
}

/** The same image gives the same bytes, so its digest tells whether a runtime has it already. */
export function packImage({ name, tags, layers, config }: Image): PackedImage {
  const run = { ...config, Env: config.Env ?? [defaultPath] }
  const rootfs = { type: 'layers', diff_ids: layers.map(layer => layer.digest) }
  const configBlob = jsonBlob({ architecture: imageArchitecture(), os: 'linux', config: run, rootfs })
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', configBlob.digest, configBlob.content.length),
    layers: layers.map(layer => descriptor('application/vnd.oci.image.layer.v1.tar', layer.digest, layer.sizeBytes)),
  })
  const references = tags.map(tag => `${name}:${tag}`)
  return { references, digest: manifest.digest, config: configBlob, manifest, layers }
}

/** index.json, by which containerd and newer Dockers find the images of an archive. */
export function imageIndex(images: readonly PackedImage[]): Buffer {
  const manifests = images.flatMap(image =>
    image.references.map(reference => ({
      ...descriptor('application/vnd.oci.image.manifest.v1+json', image.digest, image.manifest.content.length),
      annotations: { [nameAnnotation]: reference, 'org.opencontainers.image.ref.name': tagOf(reference) },
      platform: { architecture: imageArchitecture(), os: 'linux' },
    })),
  )
  return json({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests })
}

/** Digests by reference; undefined where images have no names that we know of. */
export function parseIndex(content: Buffer): Map<string, string> | undefined {
  const { manifests } = JSON.parse(content.toString()) as {
    manifests: { digest: string; annotations?: { readonly [nameAnnotation]?: string } }[]
  }
  const named = manifests.map(({ annotations, digest }) => [annotations?.[nameAnnotation] ?? '', digest] as const)
  return named.some(([name]) => name === '') ? undefined : new Map(named)
}

/** manifest.json, by which older Dockers do. */
export function dockerManifest(images: readonly PackedImage[]): Buffer {
  return json(
    images.map(image => ({
      Config: blobPath(image.config.digest),
      RepoTags: image.references,
      Layers: image.layers.map(layer => blobPath(layer.digest)),
    })),
  )
}

/** Where an archive keeps a blob. */
export function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

function tagOf(reference: string): string {
  return reference.slice(reference.lastIndexOf(':') + 1)
}

function descriptor(mediaType: string, digest: string, size: number) {
  return { mediaType, digest, size }
}

function jsonBlob(value: unknown): Blob {
  const content = json(value)
  return { digest: `sha256:${createHash('sha256').update(content).digest('hex')}`, content }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
