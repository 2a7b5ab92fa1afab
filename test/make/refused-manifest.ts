/** Mistakes that people make in manifests, each with the field that the refusal has to name and what it has to say. */
import { API_VERSION } from '../../src/plan/names.ts'

export interface Mistake {
  /** Path of the field that is set. */
  readonly set: string
  /** undefined: the field is left out. */
  readonly to: unknown
  /** The field that the refusal names; the one that was set unless stated. */
  readonly field?: string
  readonly says: RegExp
}

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: Record<string, unknown>
}

export const GOOD_TENANT: Manifest = {
  apiVersion: API_VERSION,
  kind: 'Tenant',
  metadata: { name: 'umbrella' },
  spec: {
    companyName: 'Umbrella Ltd',
    owner: { name: 'Ada Example', email: 'ada@umbrella.example.com' },
    plan: 'professional',
    domain: 'app.umbrella.example.com',
    overrides: {
      quota: { cpu: 8, memory: '16Gi', storage: '300Gi', pods: 50 },
      database: { instances: 3, storage: '80Gi' },
      app: { apiReplicas: 3, webReplicas: 3, limits: { users: 100 } },
    },
    deletionPolicy: 'Delete',
    deletionProtection: false,
  },
}

export const GOOD_PLAN: Manifest = {
  apiVersion: API_VERSION,
  kind: 'TenantPlan',
  metadata: { name: 'gold' },
  spec: {
    displayName: 'Gold',
    chart: { name: 'tenant' },
    app: {
      apiImage: 'registry.example.com:5000/team/api:1.2.0',
      webImage: `registry.example.com/team/web@sha256:${'0'.repeat(64)}`,
      apiReplicas: 2,
      webReplicas: 2,
      apiResources: { cpu: '100m', memory: '256Mi' },
      webResources: { cpu: '50m', memory: '128Mi' },
      limits: { users: 25 },
    },
    database: {
      image: 'registry.example.com/postgresql:17.5',
      instances: 3,
      storage: '50Gi',
      storageClassName: 'fast',
      resources: { cpu: '250m', memory: '512Mi' },
    },
    quota: { cpu: '1.2', memory: '2688Mi', storage: '150Gi', pods: 9 },
    exposure: { ingressClassName: 'traefik', clusterIssuer: 'letsencrypt' },
  },
}

const OCI = { name: 'shop', repository: 'oci://registry.example.com/charts', version: '1.x' }

const required = /[Rr]equired/
const lineOfText = /must be one line of text/
const hostName = /must be a host name in lower case with at least one dot/
const cores = /must be CPU cores above zero, such as 500m/
const bytes = /must be bytes, 1Mi or more, such as 512Mi/
const oneOrThree = /must be 1 or 3: of two instances none may fail/
const limitKeys = /must have keys of letters, digits, .* such as mechanicLimit/
const objectName = /must be the name of an object/

export const TENANT_MISTAKES: readonly Mistake[] = [
  { set: 'metadata.name', to: 'a'.repeat(41), says: /40/ },
  { set: 'metadata.name', to: 'acme.shop', says: /lower case letters, digits and "-"/ },
  { set: 'spec.companyName', to: undefined, says: required },
  { set: 'spec.companyName', to: '', says: lineOfText },
  { set: 'spec.companyName', to: 'Umbrella\nLtd', says: lineOfText },
  { set: 'spec.companyName', to: 'x'.repeat(121), says: /120/ },
  { set: 'spec.owner', to: undefined, says: required },
  { set: 'spec.owner.name', to: ' Ada', says: lineOfText },
  { set: 'spec.owner.email', to: undefined, says: required },
  { set: 'spec.owner.email', to: 'ada', says: /must be an e-mail address/ },
  { set: 'spec.owner.email', to: 'ada@localhost', says: /must be an e-mail address/ },
  { set: 'spec.owner.email', to: 'Ada <ada@example.com>', says: /must be an e-mail address/ },
  { set: 'spec.plan', to: undefined, says: required },
  { set: 'spec.plan', to: 'Gold Plan', says: objectName },
  { set: 'spec.domain', to: 'https://app.example.com', says: hostName },
  { set: 'spec.domain', to: 'app.example.com:8443', says: hostName },
  { set: 'spec.domain', to: 'App.example.com', says: hostName },
  { set: 'spec.domain', to: '*.example.com', says: hostName },
  { set: 'spec.domain', to: '10.0.0.1', says: hostName },
  { set: 'spec.domain', to: 'umbrella', says: hostName },
  { set: 'spec.domain', to: `${'a'.repeat(64)}.example.com`, says: hostName },
  { set: 'spec.domain', to: `${'a.'.repeat(130)}com`, says: /253/ },
  { set: 'spec.overrides.quota.cpu', to: '0', says: cores },
  { set: 'spec.overrides.quota.cpu', to: 'lots', says: cores },
  { set: 'spec.overrides.quota.cpu', to: '4Gi', says: cores },
  { set: 'spec.overrides.quota.cpu', to: 0.5, says: /type|quantity/ },
  { set: 'spec.overrides.quota.memory', to: '512m', says: bytes },
  { set: 'spec.overrides.quota.memory', to: 16, says: bytes },
  { set: 'spec.overrides.quota.storage', to: '-1Gi', says: bytes },
  { set: 'spec.overrides.quota.pods', to: 0, says: /1/ },
  { set: 'spec.overrides.quota.pods', to: '30', says: /type/ },
  { set: 'spec.overrides.database.instances', to: 2, says: oneOrThree },
  { set: 'spec.overrides.database.instances', to: 5, says: oneOrThree },
  { set: 'spec.overrides.database.storage', to: '10 GB', says: bytes },
  { set: 'spec.overrides.app.apiReplicas', to: 0, says: /1/ },
  { set: 'spec.overrides.app.webReplicas', to: 21, says: /20/ },
  { set: 'spec.overrides.app.limits', to: { '1st': 1 }, says: limitKeys },
  { set: 'spec.overrides.app.limits.users', to: -1, says: /0/ },
  { set: 'spec.overrides.app.limits.users', to: 'many', says: /type/ },
  { set: 'spec.deletionPolicy', to: 'Keep', says: /Retain.*Delete/ },
  { set: 'spec.deletionProtection', to: 'yes', says: /type/ },
  { set: 'spec', to: undefined, says: required },
]

export const PLAN_MISTAKES: readonly Mistake[] = [
  { set: 'spec.displayName', to: ' ', says: lineOfText },
  { set: 'spec.app', to: undefined, says: required },
  { set: 'spec.app.apiImage', to: undefined, says: required },
  { set: 'spec.app.apiImage', to: 'registry.example.com/api', says: /must state a tag or a digest/ },
  { set: 'spec.app.apiImage', to: 'registry.example.com:5000/api', says: /must state a tag or a digest/ },
  { set: 'spec.app.webImage', to: 'registry.example.com/web:latest', says: /must not have the tag latest/ },
  { set: 'spec.app.webImage', to: 'registry.example.com/Web:1', says: /must be an image reference/ },
  { set: 'spec.app.webImage', to: 'https://registry.example.com/web:1', says: /must be an image reference/ },
  { set: 'spec.app.apiReplicas', to: 21, says: /20/ },
  { set: 'spec.app.apiResources.memory', to: undefined, says: required },
  { set: 'spec.app.apiResources.memory', to: '256m', says: bytes },
  { set: 'spec.app.webResources.cpu', to: '0m', says: cores },
  { set: 'spec.app.limits', to: { 'max users': 1 }, says: limitKeys },
  { set: 'spec.database', to: undefined, says: required },
  { set: 'spec.database.image', to: 'postgresql', says: /must state a tag or a digest/ },
  { set: 'spec.database.image', to: 'postgresql:latest', says: /must not have the tag latest/ },
  { set: 'spec.database.image', to: 'postgresql:stable', says: /begins with the version of PostgreSQL/ },
  {
    set: 'spec.database.image',
    to: `postgresql@sha256:${'0'.repeat(64)}`,
    says: /begins with the version of PostgreSQL/,
  },
  { set: 'spec.database.instances', to: 2, says: oneOrThree },
  { set: 'spec.database.storage', to: '0', says: bytes },
  { set: 'spec.database.storageClassName', to: 'Fast Disks', says: objectName },
  { set: 'spec.quota', to: undefined, says: required },
  { set: 'spec.quota.cpu', to: '1.199', says: /must hold the CPU of all API and web pods, one more of each/ },
  { set: 'spec.quota.memory', to: '2687Mi', says: /must hold the memory of all API and web pods, one more of each/ },
  { set: 'spec.quota.storage', to: '149Gi', says: /must hold the volumes of all database instances/ },
  { set: 'spec.quota.pods', to: 8, says: /must hold all API and web pods, one more of each/ },
  {
    set: 'spec.exposure.tlsSecretName',
    to: 'tls',
    field: 'spec.exposure',
    says: /clusterIssuer or tlsSecretName, not both/,
  },
  { set: 'spec.exposure.ingressClassName', to: 'Traefik', says: objectName },
  { set: 'spec.exposure.probePaths', to: ['health'], field: 'spec.exposure.probePaths[0]', says: /begins with "\/"/ },
  { set: 'spec.database', to: undefined, says: /is required for charts\/tenant/ },
  { set: 'spec.app.values', to: { a: 1 }, says: /must not be there: the values of charts\/tenant/ },
  { set: 'spec.chart.name', to: '../etc', says: /must be the name of a chart/ },
  { set: 'spec.chart.version', to: '1.x', says: /must be there with a repository, and only with one/ },
  { set: 'spec.chart.digest', to: `sha256:${'0'.repeat(64)}`, says: /must not be there without a repository/ },
  { set: 'spec.chart.crds', to: 'Create', says: /must be Skip for a chart of the operator/ },
  { set: 'spec.chart', to: { ...OCI, version: undefined }, field: 'spec.chart.version', says: /must be there with a/ },
  { set: 'spec.chart', to: { ...OCI, version: '--x' }, field: 'spec.chart.version', says: /or a range of versions/ },
  { set: 'spec.chart', to: { ...OCI, digest: 'latest' }, field: 'spec.chart.digest', says: /must be sha256:/ },
  {
    set: 'spec.chart',
    to: { ...OCI, repository: 'https://ada:secret@charts.example.com' },
    field: 'spec.chart.repository',
    says: /must be a URL .* without credentials/,
  },
  {
    set: 'spec.chart',
    to: { ...OCI, repository: 'http://charts.example.com', credentialsSecretName: 'charts' },
    field: 'spec.chart.credentialsSecretName',
    says: /must not be there for http/,
  },
]

/** The good manifest with one mistake in it. */
export function withMistake(good: Manifest, { set, to }: Mistake): Manifest {
  const manifest = structuredClone(good)
  const path = set.split('.')
  const last = path.pop() as string
  let parent = manifest as unknown as Record<string, unknown>
  for (const key of path) parent = parent[key] as Record<string, unknown>
  if (to === undefined) delete parent[last]
  else parent[last] = to
  return manifest
}

export function titleOf({ set, to }: Mistake): string {
  return to === undefined ? `no ${set}` : `${set}: ${JSON.stringify(to).slice(0, 40)}`
}
