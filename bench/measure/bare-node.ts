/** What this version of Node takes for itself, before it does anything. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readPeakMiB } from './process.ts'

export async function measureBareNodeMiB(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("up"); setInterval(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await once(child.stdout, 'data')
    return readPeakMiB(child.pid ?? 0)
  } finally {
    child.kill()
  }
}
