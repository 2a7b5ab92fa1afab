import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { commands } from './commands.ts'

async function run(...args: string[]) {
  const main = join(import.meta.dirname, 'main.ts')
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...args], { reject: false })
  return { exitCode, stdout, firstError: stderr.split('\n')[0] }
}

test('help names every command', async () => {
  const { exitCode, stdout } = await run('help')
  expect(exitCode).toBe(0)
  for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `)
})

test.each([
  [['frobnicate'], 'there is no command frobnicate'],
  [['up', '--name', '../..'], '--name ../..: at most 30 lower-case letters, digits and hyphens'],
  [['up', '--provider', 'cloud'], '--provider cloud: one of auto, kind, node, control-plane'],
  [['down', '--name', 'bench.12/..'], '--name bench.12/..: at most 30 lower-case letters, digits and hyphens'],
  [['up', '--name', 'bench.12.1'], '--name bench.12.1: at most 30 lower-case letters, digits and hyphens'],
  [['down', '--force'], "Unknown option '--force'"],
])('%j is refused before anything is done', async (args, message) => {
  expect(await run(...args)).toEqual({ exitCode: 2, stdout: '', firstError: message })
})
