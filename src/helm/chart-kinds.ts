/** The kinds that a chart brings in crds/: made where the cluster lacks them, shared by all, and never changed or deleted. */
import * as names from '../plan/names.ts'
import { refOf } from '../plan/object.ts'
import { HelmError } from './errors.ts'
import { parseManifest } from './manifest.ts'
import type { ReleaseKube } from './port.ts'

/** Idempotent. @throws HelmError ChartInvalid, and the client's */
export async function createKinds(kube: Pick<ReleaseKube, 'get' | 'create'>, yaml: string): Promise<void> {
  const kinds = parseManifest(yaml)
  const other = kinds.find(({ apiVersion, kind }) => `${apiVersion}/${kind}` !== DEFINITION)
  if (other !== undefined) {
    const message = `Cannot make what is in crds/ of the chart: ${other.kind} ${other.metadata.name} is no definition of a kind`
    throw new HelmError({ reason: 'ChartInvalid', message })
  }
  for (const kind of kinds) {
    if ((await kube.get(refOf(kind))) === undefined) await kube.create(kind, { manager: names.FIELD_MANAGER })
  }
}

const DEFINITION = 'apiextensions.k8s.io/v1/CustomResourceDefinition'
