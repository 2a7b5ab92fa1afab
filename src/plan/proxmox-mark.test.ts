import { expect, test } from 'vitest'
import { adoptionKey, formerSelfProblem, type Mark, markText, ownershipOf, parseMark } from './proxmox-mark.ts'

const UID = '0b4f6c1e-0000-4000-8000-000000000001'
const mark: Mark = {
  installation: '9d2b8a54-0000-4000-8000-00000000000a',
  tenant: { name: 'acme', uid: UID },
  vlan: 110,
}
const ofMachine: Mark = { ...mark, machine: { name: 'web', vmid: 10_000 } }

test('a mark says whose a thing is, and is read again as it was written', () => {
  expect(markText(mark)).toBe(
    `tenantry installation=9d2b8a54-0000-4000-8000-00000000000a tenant=acme uid=${UID} vlan=110`,
  )
  expect(parseMark(markText(mark))).toEqual(mark)
  expect(parseMark(`${markText(ofMachine)}\n`)).toEqual(ofMachine)
})

test('the longest mark fits where the fewest characters are allowed', () => {
  const tenant = { name: 'a'.repeat(40), uid: UID }
  const longest = { ...mark, tenant, vlan: 65_535, machine: { name: 'm'.repeat(22), vmid: 999_999_999 } }
  expect(markText(longest)).toMatch(/^[A-Za-z0-9 ,./:;=@_-]{1,256}$/)
})

test.each([
  ['', 'foreign'],
  [undefined, 'foreign'],
  ['made by hand', 'foreign'],
  ['tenantry tenant=acme', 'foreign'],
  [markText(mark), 'own'],
  [markText({ ...mark, tenant: { name: 'acme', uid: 'another' } }), 'former'],
  [markText({ ...mark, tenant: { name: 'globex', uid: UID } }), 'foreign'],
  [markText({ ...mark, installation: 'another' }), 'former'],
  [markText({ ...mark, installation: '' }), 'foreign'],
  [markText({ ...mark, installation: '$(reboot)' }), 'foreign'],
  [markText({ ...mark, installation: 'another', tenant: { name: 'globex', uid: UID } }), 'foreign'],
])('%s is %s', (text, ownership) => {
  expect(ownershipOf(text, mark)).toBe(ownership)
})

test('to take over what another installation has made, it has to be named, and nobody is told to delete it', () => {
  const other = { ...mark, installation: 'another' }
  expect([adoptionKey(mark, mark), adoptionKey(other, mark)]).toEqual([UID, `another/${UID}`])
  const { reason, message } = formerSelfProblem('Pool tenants/acme', other, mark)
  expect(reason).toBe('OwnedByOtherInstallation')
  expect(message).toContain(`kubectl annotate tenant acme tenantry.dev/adopt=another/${UID} --overwrite`)
  expect(message).not.toMatch(/delete|rename/i)
})
