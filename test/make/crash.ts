/** The death of the operator at one of its calls. */
import type { ReleaseWorld } from './release-world.ts'

class Crash extends Error {}

/** Dies at the given call from now on, counted from 0; true where it came to that. */
export async function crashAt(
  world: ReleaseWorld,
  call: number,
  moment: 'before' | 'after',
  work: () => Promise<unknown>,
): Promise<boolean> {
  const start = world.kube.calls.length
  world.kube.disturb((_, at) => {
    if (world.kube.calls.length - start === call + 1 && at === moment) throw new Crash()
  })
  try {
    await work()
    return false
  } catch (error) {
    if (error instanceof Crash) return true
    throw error
  } finally {
    world.kube.disturb(() => {})
  }
}
