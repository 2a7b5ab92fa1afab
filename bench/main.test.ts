import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import { expect, test, vi } from 'vitest'
import { observePrograms } from '../dev/cluster/control-plane/process.ts'
import { stateDirOf } from '../dev/cluster/state.ts'

/** A first run builds or downloads the servers. */
const firstRunMs = 30 * 60_000

test.skipIf(process.platform !== 'linux')(
  'after Ctrl-C nothing is left of what the bench has started',
  async () => {
    const main = join(import.meta.dirname, 'main.ts')
    const bench = execa(process.execPath, [main, '--tenants', '1', '--only', 'limit'], { reject: false })
    const stateDir = stateDirOf(`bench.${bench.pid}.1`)
    await vi.waitUntil(() => observePrograms(stateDir).length > 0, { timeout: firstRunMs, interval: 20 })
    expect(existsSync(stateDir)).toBe(true)
    bench.kill('SIGINT')
    const { exitCode, stderr } = await bench
    expect({ exitCode, last: stderr.split('\n').at(-1) }).toEqual({
      exitCode: 1,
      last: 'SIGINT: taking everything away',
    })
    expect(observePrograms(stateDir)).toEqual([])
    expect(existsSync(stateDir)).toBe(false)
  },
  firstRunMs,
)
