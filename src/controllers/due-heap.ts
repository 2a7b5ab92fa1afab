/** Entries by the time at which they are due: a binary heap, so that the first is known without a look at all of them. */

export interface Due {
  readonly dueAtMs: number
}

export class DueHeap<Entry extends Due> {
  #entries: Entry[] = []

  get size(): number {
    return this.#entries.length
  }

  /** The one that is due first. */
  get first(): Entry | undefined {
    return this.#entries[0]
  }

  push(entry: Entry): void {
    this.#entries.push(entry)
    this.#rise(this.#entries.length - 1)
  }

  /** Takes the first one out. */
  shift(): void {
    const last = this.#entries.pop()
    if (last === undefined || this.#entries.length === 0) return
    this.#entries[0] = last
    this.#sink(0)
  }

  /** Drops the others; as long as all of them. */
  keep(isKept: (entry: Entry) => boolean): void {
    // What is sorted is a heap.
    this.#entries = this.#entries.filter(isKept).sort((a, b) => a.dueAtMs - b.dueAtMs)
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (this.#dueAt(parent) <= this.#dueAt(at)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2]
      const child = this.#dueAt(right) < this.#dueAt(left) ? right : left
      if (this.#dueAt(at) <= this.#dueAt(child)) return
      this.#swap(at, child)
      at = child
    }
  }

  #dueAt(at: number): number {
    return this.#entries[at]?.dueAtMs ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const [one, other] = [this.#entries[a], this.#entries[b]]
    if (one === undefined || other === undefined) return
    this.#entries[a] = other
    this.#entries[b] = one
  }
}
