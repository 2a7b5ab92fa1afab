import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createProbe, type ProbeOptions } from './probe.ts'

const endings: (() => unknown)[] = []
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end()
})

const options: ProbeOptions = { timeoutMs: 5000 }
const target = { host: 'acme.example.com', paths: ['/', '/api/readyz'] }

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  endings.push(() => new Promise(resolve => server.close(resolve)))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serving(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  const address = await listening(server)
  endings.push(() => server.closeAllConnections())
  return address
}

test('without an address or a path nothing is probed', async () => {
  expect(await createProbe(options)(target)).toEqual({ result: 'off' })
  const address = 'http://127.0.0.1:1'
  expect(await createProbe({ ...options, address })({ ...target, paths: [] })).toEqual({ result: 'off' })
})

test('each path is asked for with the host of the tenant', async () => {
  const seen: string[] = []
  const address = await serving(({ url, headers }, response) => {
    seen.push(`${headers.host} ${url}`)
    response.end('ok')
  })
  expect(await createProbe({ ...options, address })(target)).toEqual({ result: 'serving' })
  expect(seen).toEqual(['acme.example.com /', 'acme.example.com /api/readyz'])
})

test('a path that looks like the address of another host is asked of the ingress', async () => {
  const seen: (string | undefined)[] = []
  const address = await serving(({ url }, response) => {
    seen.push(url)
    response.end('ok')
  })
  await createProbe({ ...options, address })({ ...target, paths: ['//other.invalid/'] })
  expect(seen).toEqual(['//other.invalid/'])
})

test('a redirect is an answer, an error is not, and the first failing path is named', async () => {
  const address = await serving(({ url }, response) => {
    response.writeHead(url === '/' ? 308 : 503).end()
  })
  expect(await createProbe({ ...options, address })(target)).toEqual({
    result: 'failing',
    message: '/api/readyz answers with status 503.',
  })
})

test('nobody at the address is an answer too, the same each time', async () => {
  const address = await serving(() => undefined)
  for (const end of endings.splice(0).reverse()) await end()
  expect(await createProbe({ ...options, address })(target)).toEqual({
    result: 'failing',
    message: '/ cannot be reached (ECONNREFUSED).',
  })
})

test('an application that says nothing does not hold up anybody', async () => {
  const address = await serving(() => undefined)
  expect(await createProbe({ ...options, address, timeoutMs: 50 })(target)).toEqual({
    result: 'failing',
    message: '/ does not answer in time.',
  })
})

test('an application that never comes to the point does not hold up anybody', async () => {
  const server = createTcpServer(socket => {
    socket.on('error', () => undefined).write('HTTP/1.1 200 OK\r\n')
    const drip = setInterval(() => socket.write('x: y\r\n'), 5)
    socket.on('close', () => clearInterval(drip))
  })
  const address = await listening(server)
  expect(await createProbe({ ...options, address, timeoutMs: 50 })(target)).toEqual({
    result: 'failing',
    message: '/ does not answer in time.',
  })
})

test('a page without end is not read: its connection is closed once it has answered', async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string>()
  const address = await serving((_, response) => {
    response.writeHead(200).write('and')
    response.on('close', () => resolve('closed'))
  })
  expect(await createProbe({ ...options, address })({ ...target, paths: ['/'] })).toEqual({ result: 'serving' })
  expect(await closed).toBe('closed')
})
