/** The lines between the operator and the renderer: renderer/protocol.go says the same in Go. Pure. */
import { z } from 'zod'
import type { Abilities } from '../plan/abilities.ts'
import { renderInput } from './argv.ts'
import type { RenderRequest } from './port.ts'

/** For all requests after it. */
export function abilitiesLine(abilities: Abilities): string {
  return `${JSON.stringify({ abilities })}\n`
}

export function requestLine(id: number, chartPath: string, { release, before }: RenderRequest): string {
  const { name, namespace, chart } = release
  const values = renderInput(release)
  return `${JSON.stringify({ id, chart: chartPath, digest: chart.digest, name, namespace, values, before })}\n`
}

const answerSchema = z.object({
  id: z.int(),
  release: z.unknown().optional(),
  documents: z.array(z.object({ source: z.string().optional(), content: z.unknown() })).optional(),
  /** What helm would have said behind `Error: `. */
  error: z.string().optional(),
  /** The chart looks into the cluster, which the renderer cannot. */
  lookup: z.boolean().default(false),
  tooLarge: z.boolean().default(false),
})

export type Answer = Readonly<z.infer<typeof answerSchema>>

/** Undefined for what the renderer never says. */
export function parseAnswer(line: string): Answer | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}
