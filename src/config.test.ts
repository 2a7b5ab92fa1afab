import { statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { helpText, parseInvocation } from './config.ts'

function configOf(argv: readonly string[], env: Record<string, string | undefined> = {}) {
  const invocation = parseInvocation(argv, env)
  if (invocation.run !== 'operator') throw new Error(JSON.stringify(invocation))
  return invocation.config
}

test('without flags and environment everything has its default', () => {
  const { chartsDir, ...config } = configOf([])
  expect(config).toEqual({
    baseDomain: 'localhost',
    operatorNamespace: 'tenantry-system',
    serviceAccount: 'tenantry-operator',
    ingressNamespace: 'traefik',
    chartCacheMebibytes: 128,
    databaseOperatorNamespace: 'cnpg-system',
    monitoringNamespace: 'monitoring',
    helm: 'helm',
    renderer: 'tenantry-renderer',
    hookTimeoutSeconds: 300,
    historyLimit: 10,
    renders: 4,
    renderTimeoutSeconds: 60,
    shards: 1,
    workers: 4,
    resyncSeconds: 600,
    leaseSeconds: 15,
    deletionHaltLeast: 5,
    deletionHaltPercent: 10,
    deletionHaltSeconds: 600,
    leaderElect: true,
    healthPort: 8081,
    metricsPort: 8080,
    logLevel: 'info',
  })
  expect(statSync(`${chartsDir}/tenant/Chart.yaml`).isFile()).toBe(true)
})

test('a flag wins over the environment, and an empty variable is none', () => {
  const env = { TENANTRY_WORKERS: '8', TENANTRY_BASE_DOMAIN: 'example.com', TENANTRY_PROBE_ADDRESS: '' }
  const { workers, baseDomain, probeAddress } = configOf(['--workers', '2'], env)
  expect({ workers, baseDomain, probeAddress }).toEqual({ workers: 2, baseDomain: 'example.com' })
})

test.each([
  ['TENANTRY_WORKERS', 'many'],
  ['TENANTRY_WORKERS', '0'],
  ['TENANTRY_SHARDS', '0'],
  ['TENANTRY_IDENTITY', 'two words'],
  ['TENANTRY_HEALTH_PORT', '70000'],
  ['TENANTRY_RESYNC_SECONDS', '-1'],
  ['TENANTRY_LEADER_ELECT', 'perhaps'],
  ['TENANTRY_LOG_LEVEL', 'loud'],
  ['TENANTRY_INGRESS_NAMESPACE', 'Not_A_Namespace'],
  ['TENANTRY_PROBE_ADDRESS', 'traefik.traefik.svc'],
  ['TENANTRY_BASE_DOMAIN', 'https://example.com'],
])('a bad %s=%s is refused by the name of the variable and of its flag', (name, value) => {
  const flag = `--${name.slice('TENANTRY_'.length).toLowerCase().replaceAll('_', '-')}`
  const invocation = parseInvocation([], { [name]: value })
  expect(invocation).toEqual({ run: 'refused', message: expect.stringMatching(`^${flag} \\(${name}\\): .`) })
})

test('everything that is wrong is told at once', () => {
  const invocation = parseInvocation([], { TENANTRY_WORKERS: 'x', TENANTRY_LOG_LEVEL: 'x' })
  expect(invocation).toMatchObject({ run: 'refused', message: expect.stringMatching(/WORKERS.*\n.*LOG_LEVEL/) })
})

test.each([['--no-such-flag'], ['--workers'], ['argument']])('%s is refused', flag => {
  expect(parseInvocation([flag], {}).run).toBe('refused')
})

test('help and version are asked for without a valid configuration', () => {
  const env = { TENANTRY_WORKERS: 'x' }
  expect([parseInvocation(['--help'], env), parseInvocation(['--version'], env)]).toEqual([
    { run: 'help' },
    { run: 'version' },
  ])
})

test('the help names each flag with its variable', () => {
  expect(helpText()).toMatch(/--probe-address +TENANTRY_PROBE_ADDRESS +URL of the ingress controller/)
})

test('the id of the installation is one word, for it stands in every mark', () => {
  expect(configOf([], { TENANTRY_INSTALLATION: 'prod-1' }).installation).toBe('prod-1')
  expect(configOf([], { TENANTRY_INSTALLATION: '' }).installation).toBeUndefined()
  expect(parseInvocation(['--installation', 'prod 1'], {})).toMatchObject({ run: 'refused' })
})
