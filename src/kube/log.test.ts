import { expect, test } from 'vitest'
import { createKube } from './client.ts'
import type { TransportRequest } from './transport.ts'

const pod = { namespace: 'tenant-acme', name: 'migrate-x' }
const options = { container: 'migrate', lines: 5, bytes: 4096 }

function kubeAnswering(status: number, body: string) {
  const asked: TransportRequest[] = []
  const request = async (sent: TransportRequest) => {
    asked.push(sent)
    return { status, headers: {}, body }
  }
  const transport = { request, stream: () => Promise.reject(), connections: () => 1, close: () => undefined }
  return { kube: createKube({ transport }), asked }
}

test('the end of a log is asked for, bounded, as the user', async () => {
  const { kube, asked } = kubeAnswering(200, 'one\ntwo\n')
  expect(await kube.as('somebody').log(pod, options)).toBe('one\ntwo\n')
  expect(asked).toMatchObject([
    {
      path: '/api/v1/namespaces/tenant-acme/pods/migrate-x/log?container=migrate&tailLines=5&limitBytes=4096',
      headers: { 'impersonate-user': 'somebody' },
      resource: 'pods/log',
    },
  ])
})

test('a log that is not there is an error, never an empty log', async () => {
  const { kube } = kubeAnswering(
    400,
    '{"kind":"Status","code":400,"reason":"BadRequest","message":"is waiting to start"}',
  )
  await expect(kube.log(pod, options)).rejects.toThrow('Cannot read the log of Pod tenant-acme/migrate-x')
})
