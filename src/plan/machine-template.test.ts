import { expect, test } from 'vitest'
import { guest, template, viewOf } from '../../test/make/proxmox-view.ts'
import { chooseTemplate, type TemplateWish } from './machine-template.ts'

const placement = { storages: ['local'], templates: [9000, 9001, 9002], clonesAtOnce: 2 }
const older = guest(9000, { name: 'debian', template: true, tags: ['linux', 'debian'] })
const newer = guest(9001, { name: 'debian-12', template: true, tags: ['debian', 'linux'] })

test.for([
  [{ vmid: 9000 }, 9000],
  [{ name: 'debian-12' }, 9001],
  [{ tags: ['linux'] }, 9001],
  [{ tags: ['debian', 'linux'] }, 9001],
] as const)('%o is template %i', ([wish, vmid]) => {
  expect(chosen(wish)).toMatchObject({ choice: 'template', template: { vmid } })
})

test.for([
  [{ vmid: 9002 }, 'No template 9002'],
  [{ name: 'windows' }, 'No template with the name "windows"'],
  [{ tags: ['linux', 'arm'] }, 'No template with the tags linux, arm'],
] as const)('%o is missing', ([wish, what]) => {
  const message = `${what} is among those of placement.templates that the token sees: they are 9000, 9001, 9002.`
  expect(chosen(wish)).toEqual({ choice: 'none', reason: 'TemplateMissing', message })
})

test('what is no virtual machine, no template or not offered is none', () => {
  const others = [guest(9002, { type: 'lxc', template: true }), guest(9002), guest(9003, { template: true })]
  for (const other of others) {
    expect(chooseTemplate({ vmid: other.vmid }, { placement }, viewOf({ guests: [other] }))).toMatchObject({
      reason: 'TemplateMissing',
    })
  }
})

test('a name that two templates have is refused', () => {
  const guests = [guest(9001, { name: 'debian', template: true }), older]
  expect(chooseTemplate({ name: 'debian' }, { placement }, viewOf({ guests }))).toEqual({
    choice: 'none',
    reason: 'TemplateAmbiguous',
    message: 'Templates 9000, 9001 have the name "debian": choose one by its vmid.',
  })
})

test('a cluster without templates says so', () => {
  const none = { ...placement, templates: [] }
  const choice = chooseTemplate({ vmid: 9000 }, { placement: none }, viewOf({ guests: [template()] }))
  expect(choice).toMatchObject({ message: expect.stringMatching(/there are none\.$/) })
})

function chosen(wish: TemplateWish) {
  return chooseTemplate(wish, { placement }, viewOf({ guests: [older, newer] }))
}
