/** Looks for programs that are installed already, and believes only what they say of their own version. */

import { access, constants } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'
import { execa } from 'execa'
import type { Tool } from './tools.ts'

const answerWithinMs = 10_000

/** The first program of that name on PATH that reports the pinned version. */
export async function findOnPath(
  name: string,
  tool: Pick<Tool, 'version' | 'versionArgs'>,
  path: string = process.env.PATH ?? '',
): Promise<string | undefined> {
  for (const file of await executables(name, path)) {
    if (await reportsVersion(file, tool)) return file
  }
  return undefined
}

export async function reportsVersion(
  file: string,
  { version, versionArgs }: Pick<Tool, 'version' | 'versionArgs'>,
): Promise<boolean> {
  return namesVersion(await printed(file, versionArgs), version)
}

/** Whether a text names exactly this version, with or without its v: no pre-release, no longer number. */
export function namesVersion(text: string, version: string): boolean {
  const number = version.replace(/^v/, '').replaceAll('.', '\\.')
  return new RegExp(`(?<![\\d.])${number}(?![\\d.]*\\d|-)`).test(text)
}

/** What a program prints, on either stream; nothing where it fails or does not answer. */
export async function printed(file: string, args: readonly string[]): Promise<string> {
  const { all, failed } = await execa(file, args, {
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: answerWithinMs,
  })
  return failed ? '' : all
}

export async function executables(name: string, path: string = process.env.PATH ?? ''): Promise<string[]> {
  const candidates = path
    .split(delimiter)
    .filter(folder => isAbsolute(folder))
    .map(folder => join(folder, name))
  const usable = await Promise.all(
    candidates.map(file =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return candidates.filter((_, index) => usable[index])
}
