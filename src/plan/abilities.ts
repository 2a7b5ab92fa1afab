/** What charts may ask of the cluster without looking into it. */
export interface Abilities {
  readonly kubeVersion: { readonly version: string; readonly major: string; readonly minor: string }
  /** `apps/v1` and `apps/v1/Deployment`, for all that is served. */
  readonly apiVersions: readonly string[]
}
