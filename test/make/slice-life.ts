/** Passes over a tenant before a simulated Proxmox VE, with the operator's own rights and no more. Kubernetes is in memory. */
import { createProxmoxWorld } from '../../src/controllers/proxmox-world.ts'
import { applyKubeStep } from '../../src/kube/apply.ts'
import type { Kube } from '../../src/kube/client.ts'
import { systemClock } from '../../src/kube/clock.ts'
import type { KubeObject, ObjectRef } from '../../src/plan/object.ts'
import { isProxmoxStep } from '../../src/proxmox/apply.ts'
import { memoryKube } from './memory-kube.ts'
import { type Pass, type PassOptions, runPass } from './pass.ts'
import { operatorClient, type PreparedProxmox } from './prepared-proxmox.ts'
import { INSTALLATION, makeClusterObject } from './slice.ts'
import { makeInformer } from './tenant-cache.ts'

export interface SliceLife {
  /** One pass over what the options state; Proxmox VE and Secrets are as they are. */
  pass(options: PassOptions): Promise<Pass>
  /** Passes until one does nothing. */
  settle(options: PassOptions): Promise<Pass>
  /** The value of a Secret in the tenant's namespace. */
  secret(name: string, key: string): string | undefined
  forget(secret: string): void
  /** A new process: it knows nothing, and the Secrets are there. */
  restarted(): SliceLife
}

const NAMESPACE = 'tenant-acme'

export function sliceLife(prepared: PreparedProxmox, kube = memoryKube()): SliceLife {
  const proxmox = operatorClient(prepared)
  const refOfSecret = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'Secret', namespace: NAMESPACE, name })
  const secretOf = (name: string) => kube.objects.get(`v1/Secret/${NAMESPACE}/${name}`)
  const world = createProxmoxWorld({
    clusters: makeInformer([ready(makeClusterObject())]),
    connections: {
      open: async () => ({ proxmox, tokenId: prepared.token.id }),
      forget: async () => undefined,
      close: async () => undefined,
    },
    // As the API server keeps it.
    kube: { get: async ({ name }) => encoded(secretOf(name)) },
    installation: () => INSTALLATION,
    clock: systemClock,
  })
  const pass = async (options: PassOptions) =>
    runPass({
      ...options,
      secrets: ['proxmox-ada', 'proxmox-bob'].filter(name => secretOf(name) !== undefined),
      proxmoxWorld: world,
      async apply(step) {
        if (isProxmoxStep(step)) return world.applyStep(step)
        // Namespace, release and the like are played by what the options state.
        if (step.do === 'kube.createSecret') await applyKubeStep(kube as unknown as Kube, step)
        return (await options.apply?.(step)) ?? { waitingFor: [] }
      },
    })
  return {
    pass,
    async settle(options) {
      for (let left = 12; left > 0; left -= 1) {
        const found = await pass(options)
        if (found.outcome.end !== 'again') return found
      }
      throw new Error('it does not come to an end')
    },
    secret: (name, key) => (secretOf(name)?.stringData as Record<string, string> | undefined)?.[key],
    forget: name => kube.remove(refOfSecret(name)),
    restarted: () => sliceLife(prepared, kube),
  }
}

function ready(object: KubeObject): KubeObject {
  return {
    ...object,
    status: {
      observedGeneration: 1,
      conditions: [{ type: 'Ready', status: 'True', reason: 'Connected', message: '' }],
    },
  }
}

function encoded(secret: KubeObject | undefined): KubeObject | undefined {
  if (secret === undefined) return undefined
  const values = Object.entries((secret.stringData ?? {}) as Record<string, string>)
  return {
    ...secret,
    data: Object.fromEntries(values.map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  }
}
