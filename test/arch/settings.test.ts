/** deploy/operator/config.env lists every setting of the operator, so that nobody has to look for one elsewhere. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { helpText } from '../../src/config.ts'

/** What the image and deploy/operator/deployment.yaml settle between themselves. */
const SETTLED = [
  'TENANTRY_KUBECONFIG',
  'TENANTRY_OPERATOR_NAMESPACE',
  'TENANTRY_SERVICE_ACCOUNT',
  'TENANTRY_CHARTS_DIR',
  'TENANTRY_HELM',
  'TENANTRY_RENDERER',
  'TENANTRY_IDENTITY',
  'TENANTRY_LEADER_ELECT',
  'TENANTRY_HEALTH_PORT',
  'TENANTRY_METRICS_PORT',
]

const listed = readFileSync(join(import.meta.dirname, '../../deploy/operator/config.env'), 'utf8')

test('every setting is in config.env, and nothing there is none', () => {
  const known = [...helpText().matchAll(/TENANTRY_\w+/g)].map(([name]) => name)
  const names = [...listed.matchAll(/^(TENANTRY_\w+)=/gm)].map(([, name]) => name)
  expect([...names, ...SETTLED].sort()).toEqual([...known].sort())
})
