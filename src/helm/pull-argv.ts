/** The command line of a pull. Pure. What is secret stands in files. */
import type { ChartRequest } from '../plan/chart-resolution.ts'
import { REPOSITORY } from './credentials.ts'

export interface PullPlaces {
  /** Where the archive is to be. */
  readonly target: string
  /** Of a registry or of a repository: what is secret stands there. */
  readonly config: string
  readonly cache: string
  readonly caFile?: string | undefined
}

export function isRegistry({ repository }: Pick<ChartRequest, 'repository'>): boolean {
  return repository.startsWith('oci://')
}

/** A repository goes by the name that its file gives it. */
export function pullArgs(request: ChartRequest, { target, config, cache, caFile }: PullPlaces): string[] {
  const { name, repository, version } = request
  const place = [`--version=${version}`, `--destination=${target}`]
  if (!isRegistry(request)) return ['pull', `${REPOSITORY}/${name}`, ...place, ...repositoryArgs({ config, cache })]
  const trust = caFile === undefined ? [] : [`--ca-file=${caFile}`]
  return ['pull', `${repository}/${name}`, ...place, `--registry-config=${config}`, ...trust]
}

export function repositoryArgs({ config, cache }: Pick<PullPlaces, 'config' | 'cache'>): string[] {
  return [`--repository-config=${config}`, `--repository-cache=${cache}`]
}
