/** Lets so many in at once, the others in the order in which they came. */

export interface Turns {
  /** False where its turn did not come in time, or never will. */
  take(withinMs: number): Promise<boolean>
  /** For everybody who took one. */
  give(): void
  /** Nobody gets a turn any more. */
  end(): void
}

export function createTurns(atOnce: number): Turns {
  let free = atOnce
  let ended = false
  const waiting: ((isTurn: boolean) => void)[] = []
  return {
    async take(withinMs) {
      if (ended) return false
      if (free > 0) {
        free -= 1
        return true
      }
      return new Promise(resolve => {
        const enter = (isTurn: boolean) => {
          clearTimeout(timer)
          resolve(isTurn)
        }
        const timer = setTimeout(() => {
          waiting.splice(waiting.indexOf(enter), 1)
          resolve(false)
        }, withinMs)
        waiting.push(enter)
      })
    },
    give() {
      if (ended) return
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next(true)
    },
    end() {
      ended = true
      for (const enter of waiting.splice(0)) enter(false)
    },
  }
}
