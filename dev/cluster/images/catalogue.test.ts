import { expect, test } from 'vitest'
import { upstreamVersion } from './catalogue.ts'

const status = `Package: postgresql-client-15
Status: install ok installed
Version: 15.18-0+deb12u1

Package: postgresql-15
Status: install ok installed
Version: 1:15.20-0+deb12u1
Depends: libc6
`

test('the upstream version is without epoch and without the revision of the package', () => {
  expect(upstreamVersion(status, 'postgresql-15')).toBe('15.20')
})

test('a package that is not installed is an error that names it', () => {
  expect(() => upstreamVersion(status, 'postgresql-16')).toThrow('postgresql-16 is not installed in its layer')
})
