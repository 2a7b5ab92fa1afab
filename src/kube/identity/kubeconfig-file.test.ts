import { expect, test } from 'vitest'
import { mergeKubeconfigs, withAbsolutePaths } from './kubeconfig-file.ts'

test('of two files the first counts, entry by entry', () => {
  const first = { 'current-context': '', clusters: [{ name: 'a', cluster: { server: 'https://1' } }] }
  const second = {
    'current-context': 'b',
    clusters: [
      { name: 'a', cluster: { server: 'https://2' } },
      { name: 'b', cluster: { server: 'https://3' } },
    ],
  }
  expect(mergeKubeconfigs([first, second])).toEqual({
    'current-context': 'b',
    clusters: [
      { name: 'a', cluster: { server: 'https://1' } },
      { name: 'b', cluster: { server: 'https://3' } },
    ],
    contexts: [],
    users: [],
  })
})

test("paths are relative to the file's folder", () => {
  const document = {
    clusters: [{ name: 'a', cluster: { 'certificate-authority': 'ca.crt' } }],
    users: [
      { name: 'a', user: { tokenFile: '/token', 'client-key': '../key', token: 'key' } },
      { name: 'b', user: { exec: { command: './plugin', args: ['./a'] } } },
      { name: 'c', user: { exec: { command: 'plugin' } } },
    ],
  }
  expect(withAbsolutePaths(document, '/home/ada/.kube')).toEqual({
    clusters: [{ name: 'a', cluster: { 'certificate-authority': '/home/ada/.kube/ca.crt' } }],
    users: [
      { name: 'a', user: { tokenFile: '/token', 'client-key': '/home/ada/key', token: 'key' } },
      { name: 'b', user: { exec: { command: '/home/ada/.kube/plugin', args: ['./a'] } } },
      { name: 'c', user: { exec: { command: 'plugin' } } },
    ],
  })
})
