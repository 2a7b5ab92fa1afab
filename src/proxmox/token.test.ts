import { expect, test } from 'vitest'
import { parseToken } from './token.ts'

const secret = '11111111-2222-3333-4444-555555555555'

test('a token is read from the keys of its Secret', () => {
  expect(parseToken({ tokenId: 'operator@pve!k8s\n', tokenSecret: `${secret}\n` })).toEqual({
    token: { id: 'operator@pve!k8s', secret },
  })
})

test.each([
  [{ tokenSecret: secret }, 'the key tokenId is missing'],
  [{ tokenId: 'operator@pve!k8s' }, 'the key tokenSecret is missing'],
  [{ tokenId: 'operator@pve', tokenSecret: secret }, 'tokenId must be of the form user@realm!name'],
  [
    { tokenId: 'operator@pve!k8s', tokenSecret: 'with space in it' },
    'tokenSecret must be the secret that Proxmox VE showed once',
  ],
])('of %j it is said that %s', (data, wrong) => {
  expect(parseToken(data)).toEqual({ wrong })
})
