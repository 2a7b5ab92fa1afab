import { expect, test } from 'vitest'
import { makeDesiredRelease } from '../../test/make/release.ts'
import { renderArgs, renderEnv, renderInput } from './argv.ts'

const places = { chartPath: '/charts/shop', kubeconfig: '/run/kubeconfig', privateDir: '/private' }

test('a render is a dry run on the server as the release’s own service account', () => {
  expect(renderArgs(makeDesiredRelease(), places)).toEqual([
    'upgrade',
    '--install',
    'tenant-acme',
    '/charts/shop',
    '--namespace=tenant-acme',
    '--dry-run=server',
    '--disable-openapi-validation',
    '--skip-crds',
    '--reset-values',
    '--values=-',
    '--output=json',
    '--kube-as-user=system:serviceaccount:tenant-acme:tenantry-release',
    '--kubeconfig=/run/kubeconfig',
  ])
})

test('values are in the input and nowhere else', () => {
  const release = makeDesiredRelease({ values: { password: 'planted-secret' } })
  const rest = [renderArgs(release, places), renderEnv({ PATH: '/bin' }, places)]
  expect(renderInput(release)).toBe('{"password":"planted-secret"}')
  expect(JSON.stringify(rest)).not.toContain('planted-secret')
})

test('characters that YAML refuses are escaped, others are as they were', () => {
  expect(renderInput({ values: { name: 'Zoë\u0085\u2028\ufeff 😀"\n' } })).toBe(
    '{"name":"Zoë\\u0085\\u2028\\ufeff 😀\\"\\n"}',
  )
})

test('of the environment only the way to the API server is handed on', () => {
  const env = { PATH: '/bin', https_proxy: 'http://proxy', HELM_KUBETOKEN: 'planted-secret', SMTP_PASSWORD: 'x' }
  expect(renderEnv(env, places)).toEqual({
    PATH: '/bin',
    HTTPS_PROXY: 'http://proxy',
    HELM_CACHE_HOME: '/private/helm/cache',
    HELM_CONFIG_HOME: '/private/helm/config',
    HELM_DATA_HOME: '/private/helm/data',
    HELM_DRIVER: 'secret',
    KUBECACHEDIR: '/private/kube',
  })
})
