/** Takes a program out of what its project releases. */

import { chmod, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Progress } from '../progress.ts'
import { fetchChecksum, saveVerified } from './download.ts'
import type { Asset } from './tools.ts'

export interface Platform {
  os: string
  arch: string
}

/** In the words of Go and of release files. */
export const platform: Platform = {
  os: process.platform,
  arch: process.arch === 'x64' ? 'amd64' : process.arch,
}

/** Saves the released program as `file`, executable, or returns why there is none to be had. */
export async function saveProgram(
  title: string,
  asset: Asset,
  file: string,
  progress: Progress,
): Promise<string | undefined> {
  if (asset.member === undefined) {
    const refusal = await fetchAsset(title, asset, file, progress)
    if (refusal === undefined) await chmod(file, 0o755)
    return refusal
  }
  const folder = `${file}.unpacked`
  const refusal = await saveTree(title, asset, folder, progress)
  if (refusal === undefined) await rename(join(folder, asset.member), file)
  await rm(folder, { recursive: true, force: true })
  return refusal
}

/** Unpacks a released archive into a new folder, or returns why there is none to be had. */
export async function saveTree(
  title: string,
  asset: Asset,
  folder: string,
  progress: Progress,
): Promise<string | undefined> {
  const archive = `${folder}.archive`
  const refusal = await fetchAsset(title, asset, archive, progress)
  if (refusal !== undefined) return refusal
  await mkdir(folder)
  await execa('tar', ['-xzf', archive, '-C', folder])
  await rm(archive)
  return undefined
}

async function fetchAsset(title: string, asset: Asset, file: string, progress: Progress): Promise<string | undefined> {
  const checksum = await fetchChecksum(asset.url, asset.checksumUrl)
  if ('refusal' in checksum) return checksum.refusal
  return progress.step(`download ${title}`, () => saveVerified(asset.url, checksum.sum, file))
}

/** The asset of one version for one platform. */
export function assetFor(asset: Asset, version: string, { os, arch }: Platform = platform): Asset {
  const facts: Record<string, string> = { os, arch, version, number: version.replace(/^v/, '') }
  const fill = (text: string) => text.replace(/\{(\w+)\}/g, (whole, name: string) => facts[name] ?? whole)
  const { url, checksumUrl, member } = asset
  const filled = { url: fill(url), checksumUrl: fill(checksumUrl) }
  return member === undefined ? filled : { ...filled, member: fill(member) }
}
