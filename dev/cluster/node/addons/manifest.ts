/** The manifest of everything that a node's cluster has from the start, with the images that the node was given. Pure. */

import { parse, stringify } from 'yaml'

/** Image references by the short names that the YAML files use for them. */
export type ImageReferences = Readonly<Record<string, string>>

interface Workload {
  kind?: string
  spec?: { template?: { spec?: { containers?: Container[] } } }
}

interface Container {
  image: string
  imagePullPolicy?: string
  env?: { name: string; value?: string }[]
  readinessProbe?: { periodSeconds?: number }
}

/** One stream of YAML documents. Only Deployments are looked into: parsing large CRDs takes longer than applying them. */
export function withImages(manifest: string, change: (container: Container) => void): string {
  const documents = manifest.split(/^---\s*$/m).map(text => {
    if (!/^kind: Deployment$/m.test(text)) return text
    const workload = parse(text) as Workload
    for (const container of workload.spec?.template?.spec?.containers ?? []) change(container)
    return stringify(workload)
  })
  return documents.filter(text => text.trim() !== '').join('\n---\n')
}

/** Puts references in the place of short names. Throws where a name is unknown. */
export function byShortName(references: ImageReferences): (container: Container) => void {
  return container => {
    const reference = references[container.image]
    if (reference === undefined) throw new Error(`there is no image ${container.image}`)
    container.image = reference
  }
}

/**
 * CloudNativePG's release, with an image that no registry has: also the one that it gives to its clusters' pods, and, as
 * `database`, that of clusters which name none. Its readiness is asked for every second, not every ten: somebody waits.
 */
export function byOperatorImage(operator: string, database: string): (container: Container) => void {
  return container => {
    container.image = operator
    container.imagePullPolicy = 'IfNotPresent'
    container.readinessProbe = { ...container.readinessProbe, periodSeconds: 1 }
    const images = { OPERATOR_IMAGE_NAME: operator, POSTGRES_IMAGE_NAME: database }
    const others = (container.env ?? []).filter(({ name }) => !(name in images))
    container.env = [...others, ...Object.entries(images).map(([name, value]) => ({ name, value }))]
  }
}
