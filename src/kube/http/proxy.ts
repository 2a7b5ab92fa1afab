/** Whether the API server is reached through a proxy, and how a connection through one is made (CONNECT). */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { BlockList, isIP, type Socket } from 'node:net'
import { KubeError, OWN_REASONS } from '../errors.ts'

export interface HttpProxy {
  /** http://host:port or https://host:port, without credentials: fit for messages. */
  readonly address: string
  /** The value of Proxy-Authorization. */
  readonly authorization?: string
}

export type Environment = Readonly<Record<string, string | undefined>>

/** `named`, in a kubeconfig, counts for every server; NO_PROXY is about the environment's. */
export function chosenProxy(server: string, environment: Environment, named?: string): HttpProxy | undefined {
  const chosen = named || proxyFromEnvironment(server, environment)
  const proxy = chosen && parseProxy(chosen)
  if (proxy || !chosen) return proxy || undefined
  const message = `Cannot use the proxy to ${server}: it is not an http or https address`
  throw new KubeError({ status: 0, reason: OWN_REASONS.badCredentials, message })
}

/** Undefined where it cannot be used: another scheme, or no URL. */
export function parseProxy(text: string): HttpProxy | undefined {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined
  const { username, password, origin } = url
  if (username === '' && password === '') return { address: origin }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { address: origin, authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

/**
 * What HTTPS_PROXY and NO_PROXY say of a server, as programs written in Go read them, helm and kubectl among them: a
 * loopback address is never reached through a proxy. Source: golang.org/x/net/http/httpproxy.
 */
export function proxyFromEnvironment(server: string, environment: Environment): string | undefined {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined
  const proxy = read('HTTPS_PROXY')
  if (proxy === undefined) return undefined
  const { hostname, port } = new URL(server)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  const isLoopback = host === 'localhost' || isWithin(host, '127.0.0.0/8') || isWithin(host, '::1')
  const exceptions = (read('NO_PROXY') ?? '').split(',').map(entry => entry.trim().toLowerCase())
  return isLoopback || exceptions.some(entry => excepts(entry, host, port || '443')) ? undefined : proxy
}

/** `*`, an address, a range of addresses, `example.com` with all below it, `.example.com` for what is below; maybe a port. */
function excepts(entry: string, host: string, port: string): boolean {
  if (entry === '') return false
  if (entry === '*' || isWithin(host, entry)) return true
  const [, name = '', entryPort = port] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []
  if (entryPort !== port) return false
  if (isIP(host) !== 0) return isWithin(host, name)
  const domain = name.replace(/^\*?\./, '')
  return host.endsWith(`.${domain}`) || (host === domain && domain === name)
}

function isWithin(host: string, range: string): boolean {
  const [address = '', bits] = range.split('/')
  const [version, rangeVersion] = [isIP(host), isIP(address)]
  if (version === 0 || version !== rangeVersion) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  const width = Number(bits ?? (version === 4 ? 32 : 128))
  if (!(width >= 0 && width <= (version === 4 ? 32 : 128))) return false
  list.addSubnet(address, width, family)
  return list.check(host, family)
}

/** Rejects with the proxy's address and what went wrong, and with nothing of its credentials. */
export function tunnel({ address, authorization }: HttpProxy, target: string, signal: AbortSignal): Promise<Socket> {
  const send = address.startsWith('https:') ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the proxy at ${address}: ${why}`))
    const asked = send(address, {
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) },
      agent: false,
      signal,
    })
    asked.on('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket)
      socket.destroy()
      return fail(`it answers ${statusCode}`)
    })
    asked.on('response', answer => {
      answer.destroy()
      fail(`it answers ${answer.statusCode} to CONNECT`)
    })
    asked.on('error', (error: NodeJS.ErrnoException) =>
      fail(signal.aborted ? 'no connection in time' : (error.code ?? 'error')),
    )
    asked.end()
  })
}
