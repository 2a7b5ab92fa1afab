/** Waits for what a watch will show, until a time is over. */

export interface Wait {
  readonly holds: () => boolean
  /** What is missing, when the time is over. */
  readonly lacking: () => string
  readonly timeoutMs: number
}

/** Of many changes at once, one is looked at: with thousands of tenants, a look is as long as their list. */
const LOOK_MS = 50

/** `looks`: called at each change of what is watched. */
export async function whenHolds(looks: Set<() => void>, { holds, lacking, timeoutMs }: Wait): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let next: NodeJS.Timeout | undefined
  const lookNow = () => {
    next = undefined
    if (holds()) resolve()
  }
  const look = () => {
    next ??= setTimeout(lookNow, LOOK_MS)
  }
  const timer = setTimeout(() => reject(new Error(lacking())), timeoutMs)
  looks.add(look)
  lookNow()
  await promise.finally(() => {
    clearTimeout(timer)
    clearTimeout(next)
    looks.delete(look)
  })
}
