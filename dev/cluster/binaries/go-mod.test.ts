import { expect, test } from 'vitest'
import { goMod, parseReplaces } from './go-mod.ts'

const own = `module k8s.io/kubernetes

require k8s.io/api v0.0.0

replace (
	k8s.io/api => ./staging/src/k8s.io/api
	k8s.io/client-go => ./staging/src/k8s.io/client-go // indirect
	github.com/abbot/auth v0.0.1 => github.com/containous/auth v0.4.1-2020
)

replace github.com/gorilla/mux => github.com/containous/mux v0.1.0
`

test('folders of the repository become published modules, other replacements stay', () => {
  expect(parseReplaces(own, 'v0.36.3')).toEqual([
    { from: 'k8s.io/api', to: 'k8s.io/api v0.36.3' },
    { from: 'k8s.io/client-go', to: 'k8s.io/client-go v0.36.3' },
    { from: 'github.com/abbot/auth v0.0.1', to: 'github.com/containous/auth v0.4.1-2020' },
    { from: 'github.com/gorilla/mux', to: 'github.com/containous/mux v0.1.0' },
  ])
})

test('without a staging version, folders of the repository are left out', () => {
  expect(parseReplaces(own, undefined).map(({ from }) => from)).toEqual([
    'github.com/abbot/auth v0.0.1',
    'github.com/gorilla/mux',
  ])
})

test('a go.mod requires the exact version', () => {
  expect(goMod({ path: 'helm.sh/helm/v4', version: 'v4.3.1' }, [{ from: 'a', to: './source' }])).toBe(
    'module tools\ngo 1.26.0\nrequire helm.sh/helm/v4 v4.3.1\nreplace a => ./source\n',
  )
})
