/** Plans whose tenants get test/charts/gazette: a chart with its own names for host, tier, limits and database. */
import { resolve } from 'node:path'
import { sampleImage } from './tenant-client.ts'

export const gazetteChart = resolve(import.meta.dirname, '../charts/gazette')
/** Of its only Deployment. */
export const press = 'gazette-press'

/** By default it has a database, and a hook before each release. */
export interface Edition {
  readonly readers?: number
  readonly subscription?: Record<string, unknown>
  readonly press?: Record<string, unknown>
  readonly archive?: Record<string, unknown>
}

export function gazettePlan(repository: string, { readers = 10, subscription, press, archive }: Edition = {}) {
  return {
    displayName: 'Gazette',
    chart: { name: 'gazette', repository, version: '1.x' },
    app: {
      limits: { readers },
      values: {
        site: { address: '${host}', masthead: 'The ${tenant.companyName} Gazette' },
        subscription: { tier: 'starter', readers: '${limits.readers}', ...subscription },
        press: { image: sampleImage, ...press },
        archive: {
          image: '${database.image}',
          copies: '${database.instances}',
          disk: '${database.storage}',
          ...archive,
        },
      },
    },
    database: { image: 'tenantry.local/postgresql:15', instances: 1, storage: '1Gi' },
    // Far more CPU than the node has, so that it is the scheduler that has to say no.
    quota: { cpu: '1000', memory: '2Gi', storage: '5Gi', pods: 20 },
  }
}
