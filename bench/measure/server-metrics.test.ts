import { expect, test } from 'vitest'
import { increase, renderTotal, requestTotals } from './server-metrics.ts'

const text = `# HELP apiserver_request_total [STABLE] Counter of apiserver requests
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",dry_run="",group="apps",resource="deployments",scope="resource",verb="APPLY"} 3
apiserver_request_total{code="201",dry_run="",group="",resource="secrets",scope="resource",verb="APPLY"} 1e+03
apiserver_request_total{code="200",subresource="verb=",verb="GET"} 2
apiserver_request_duration_seconds_count{verb="GET"} 99
`

test('requests are summed over everything but the verb', () => {
  expect(requestTotals(text)).toEqual({ APPLY: 1003, GET: 2 })
})

test('an increase leaves out what did not happen', () => {
  expect(increase({ APPLY: 3, GET: 2 }, { GET: 2, APPLY: 5, WATCH: 1 })).toEqual({ APPLY: 2, WATCH: 1 })
})

test('renders are counted whatever came of them', () => {
  const text = [
    '# TYPE tenantry_helm_renders_total counter',
    'tenantry_helm_renders_total{result="ok"} 30',
    'tenantry_helm_renders_total{result="failed"} 2',
  ].join('\n')
  expect(renderTotal(text)).toBe(32)
})
