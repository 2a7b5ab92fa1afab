/** A loop beside that over tenants, over something else that replicas share by name. */
import type { Logger } from 'pino'
import type { Clock } from '../kube/clock.ts'
import type { Informer } from '../kube/informer.ts'
import { createLoop, type Loop, type LoopOptions } from './loop.ts'

export interface SideLoop extends Pick<Loop, 'start' | 'resume' | 'retire' | 'stop' | 'longestPassMs'> {
  /** To be called when the watches are complete. */
  connectTriggers(): void
  /** As after a restart: those that are this replica's are looked at. */
  addAll(): void
}

/** What all loops are given alike. */
export interface LoopShare {
  /** Whether what has this name is this replica's. */
  readonly admits: (name: string) => boolean
  readonly mayBegin: () => boolean
  readonly logger: Logger
  readonly clock: Clock
}

export interface SideLoopOptions extends LoopOptions {
  /** All that there are, as far as anybody knows. */
  readonly keys: () => readonly string[]
  /** Wires the watches to the loop. */
  readonly connectTriggers: (loop: Pick<Loop, 'add' | 'forget'>) => void
  /** Asked after each pass: of those of which it says so nothing is due until they are added again. */
  readonly isOver?: (key: string) => boolean
}

export function createSideLoop(options: SideLoopOptions): SideLoop {
  const { keys, connectTriggers, isOver = () => false, pass } = options
  const loop: Loop = createLoop({
    ...options,
    async pass(key, urgency) {
      const outcome = await pass(key, urgency)
      if (isOver(key)) loop.forget(key)
      return outcome
    },
  })
  return {
    start: () => loop.start(),
    resume: () => loop.resume(),
    retire: () => loop.retire(),
    stop: () => loop.stop(),
    longestPassMs: () => loop.longestPassMs(),
    connectTriggers: () => connectTriggers(loop),
    addAll() {
      for (const key of keys()) loop.add(key, 'routine')
    },
  }
}

/** Names of what a watch knows; none before it is complete, since its completion tells of them. */
export function namesIn(informer: Pick<Informer, 'synced' | 'list'>): string[] {
  return informer.synced ? informer.list().map(({ metadata }) => metadata.name) : []
}
