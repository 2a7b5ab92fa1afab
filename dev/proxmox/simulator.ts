/** A simulated Proxmox VE cluster in this process. */

import { X509Certificate } from 'node:crypto'
import { createAuthority, issueCertificate } from '../cluster/control-plane/certificate.ts'
import { routes } from './api/routes.ts'
import { type Clock, scaledClock } from './clock.ts'
import { createFaults, type Fault } from './faults.ts'
import { describeGuest } from './guests/status.ts'
import { type Base, initialState, standardBase } from './initial-state.ts'
import { seededRandom } from './random.ts'
import { answerControl, type Controls } from './server/control.ts'
import { type Listener, listen } from './server/listener.ts'
import { type Options, realOptions, type Simulation } from './simulation.ts'
import type { Guest, State } from './state.ts'
import { losePower } from './tasks/worker.ts'

export interface ProxmoxOptions {
  /** 1, 2 or 3. */
  nodes?: number
  /** The same seed gives the same ids and secrets for the same calls. */
  seed?: number
  clock?: Clock
  base?: Base
  faults?: readonly Fault[]
  host?: string
  /** Of the first node; the others take free ones. */
  port?: number
  options?: Partial<Options>
}

export interface Proxmox extends Controls {
  /** Of the first node's API: `https://127.0.0.1:40123`. */
  url: string
  /** One for each node. */
  urls: readonly string[]
  /** PEM: who signed the certificate. */
  authority: string
  /** SHA-256 of the certificate, in pairs with colons. */
  fingerprint: string
  /** The live state; change it to make what is hard to come by. */
  readonly state: State
  readonly clock: Clock
  stop(): Promise<void>
}

export async function startProxmox({
  nodes = 1,
  seed = 1,
  clock = scaledClock(),
  base = standardBase,
  faults = [],
  host = '127.0.0.1',
  port = 0,
  options = {},
}: ProxmoxOptions = {}): Promise<Proxmox> {
  const random = seededRandom(seed)
  const { authority, certificate } = await certificateFor(host)
  const fingerprint = new X509Certificate(certificate.certificate).fingerprint256
  const initial = initialState(base, nodes, Math.floor(clock.now() / 1000))
  const sim: Simulation = {
    state: structuredClone(initial),
    clock,
    random,
    faults: createFaults(faults),
    options: { ...realOptions, ...options },
    running: new Map(),
    ends: new Map(),
    awaitingBroadcast: new Set(),
    guestLocks: new Set(),
    consoles: new Set(),
    certificate: authority,
    fingerprint,
    ticketKey: random.hex(32),
    describeGuest: (guest: Guest) => describeGuest(sim, guest),
  }
  const listeners: Listener[] = []
  const controls = controlsOf(sim, initial, listeners)
  for (const [i, { node }] of sim.state.nodes.entries()) {
    listeners.push(
      await listen(sim, routes, {
        host,
        port: i === 0 ? port : 0,
        certificate,
        node,
        control: (request, response) => answerControl(controls, request, response),
      }),
    )
  }
  const urls = listeners.map(({ url }) => url)
  return {
    ...controls,
    url: urls[0] ?? '',
    urls,
    authority,
    fingerprint,
    get state() {
      return sim.state
    },
    clock,
    stop: async () => {
      await Promise.all(listeners.map(listener => listener.close()))
    },
  }
}

function controlsOf(sim: Simulation, initial: State, listeners: readonly Listener[]): Controls {
  const at = (name: string) => {
    const i = sim.state.nodes.findIndex(({ node }) => node === name)
    const node = sim.state.nodes[i]
    if (node === undefined) throw new Error(`there is no node ${name}`)
    return { node, listener: listeners[i] }
  }
  return {
    nodeDown: name => {
      const { node, listener } = at(name)
      node.online = false
      for (const guest of Object.values(sim.state.guests)) if (guest.node === name) delete guest.running
      losePower(sim, name)
      listener?.cut()
    },
    nodeUp: name => {
      const { node, listener } = at(name)
      node.online = true
      node.bootedAt = Math.floor(sim.clock.now() / 1000)
      listener?.restore()
    },
    quorum: isThere => {
      if (isThere) delete sim.state.noQuorum
      else sim.state.noQuorum = true
    },
    lock: (vmid, lock) => {
      const guest = sim.state.guests[vmid]
      if (guest === undefined) throw new Error(`there is no guest ${vmid}`)
      if (lock === undefined) delete guest.config.lock
      else guest.config.lock = lock
    },
    inject: sim.faults.inject,
    clearFaults: sim.faults.clear,
    metFaults: sim.faults.met,
    dump: () => structuredClone(sim.state),
    reset: (state = initial) => {
      for (const stop of sim.running.values()) stop.abort(new Error('reset'))
      sim.state = structuredClone(state)
      for (const listener of listeners) listener.restore()
    },
  }
}

async function certificateFor(host: string) {
  const authority = await createAuthority('Proxmox VE simulator')
  const subject = { commonName: 'pve1', dnsNames: ['localhost'], ipAddresses: [host] }
  return { authority: authority.certificate, certificate: await issueCertificate(authority, subject) }
}
