/** Works on many things, a few at a time, so that others who share the connections get theirs. */

/** In the order of the items. The first failure is thrown, and nothing is begun after it. */
export async function mapAtMost<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const found: Result[] = []
  const left = [...items.entries()].reverse()
  const run = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [index, item] = next
      try {
        found[index] = await work(item)
      } catch (error) {
        left.length = 0
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, run))
  return found
}
