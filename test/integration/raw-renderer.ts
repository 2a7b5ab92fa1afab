/** The renderer asked by hand, for its answers as the bytes they are. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { renderer } from '../../dev/cluster/binaries/renderer.ts'
import type { ManifestDocument } from '../../src/helm/manifest.ts'
import type { RenderRequest } from '../../src/helm/port.ts'
import { abilitiesLine, parseAnswer, requestLine } from '../../src/helm/renderer-line.ts'
import type { Abilities } from '../../src/plan/abilities.ts'

export interface RawAnswer {
  /** The release object, or `lookup` where the chart looks into the cluster. */
  readonly release: string
  /** What its manifest was read as. */
  readonly documents: readonly ManifestDocument[]
}

export interface RawRenderer {
  /** Rejects with helm's words. */
  ask(chartPath: string, request: RenderRequest): Promise<RawAnswer>
  stop(): Promise<void>
}

export async function startRawRenderer(abilities: Abilities): Promise<RawRenderer> {
  const child = spawn(await renderer(), { env: {}, stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  let lastId = 0
  child.stdin.write(abilitiesLine(abilities))
  return {
    async ask(chartPath, request) {
      lastId += 1
      const id = lastId
      const answered = new Promise<string>(resolve => {
        const look = (line: string) => {
          if (parseAnswer(line)?.id !== id) return
          lines.off('line', look)
          resolve(line)
        }
        lines.on('line', look)
      })
      child.stdin.write(requestLine(id, chartPath, request))
      const line = await answered
      const { error, lookup, documents = [] } = parseAnswer(line) ?? {}
      if (error !== undefined) throw new Error(error)
      const before = `{"id":${id},"release":`
      if (lookup || !line.startsWith(before)) return { release: 'lookup', documents }
      const end = line.lastIndexOf(',"documents":[')
      return { release: line.slice(before.length, end < 0 ? -1 : end), documents }
    },
    async stop() {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
