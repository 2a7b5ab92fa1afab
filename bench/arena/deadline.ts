/** Waits for what a watch will show, until a time is over. */

export interface Wait {
  readonly holds: () => boolean
  /** What is missing, when the time is over. */
  readonly lacking: () => string
  readonly timeoutMs: number
}

/** `looks`: called at each change of what is watched. */
export async function whenHolds(looks: Set<() => void>, { holds, lacking, timeoutMs }: Wait): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const look = () => {
    if (holds()) resolve()
  }
  const timer = setTimeout(() => reject(new Error(lacking())), timeoutMs)
  looks.add(look)
  look()
  await promise.finally(() => {
    clearTimeout(timer)
    looks.delete(look)
  })
}
