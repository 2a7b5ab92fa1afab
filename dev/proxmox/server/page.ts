/** A small page that shows the state; it changes nothing, and needs no login. */

import type { ServerResponse } from 'node:http'
import type { Simulation } from '../simulation.ts'
import type { Row } from '../state.ts'

export function statePage(sim: Simulation, path: string, response: ServerResponse): void {
  if (path !== '/') {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end(`no such file '${path}'\n`)
    return
  }
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page(sim))
}

function page({ state, clock }: Simulation): string {
  const pools = Object.entries(state.pools)
  const tables: [string, Row[]][] = [
    ['Nodes', state.nodes.map(({ node, ip, online }) => ({ node, ip, status: online ? 'online' : 'offline' }))],
    [
      'Guests',
      Object.values(state.guests).map(({ vmid, type, node, config, running, snapshots }) => ({
        vmid,
        type,
        node,
        name: config.name ?? config.hostname,
        pool: pools.find(([, { vms }]) => vms.includes(vmid))?.[0],
        status: running === undefined ? 'stopped' : running.paused ? 'paused' : 'running',
        lock: config.lock,
        tags: config.tags,
        snapshots: Object.keys(snapshots).join(', '),
      })),
    ],
    [
      'Pools',
      pools.map(([pool, { comment, vms, storage }]) => ({ pool, comment, members: [...vms, ...storage].join(', ') })),
    ],
    ['Permissions', state.acl.map(entry => ({ ...entry }))],
    ['Vnets', Object.entries(state.sdn.edited.vnets).map(([vnet, rest]) => ({ vnet, ...rest }))],
    ['Volumes', state.volumes.map(({ volid, node, size, vmid }) => ({ volid, node, size, vmid }))],
    [
      'Latest tasks',
      state.tasks
        .slice(-30)
        .map(({ upid, type, id, user, exitstatus }) => ({ type, id, user, exitstatus, upid }))
        .toReversed(),
    ],
  ]
  const time = new Date(clock.now()).toISOString()
  const body = tables.map(([title, rows]) => `<h2>${title}</h2>${table(rows)}`).join('\n')
  return `<!doctype html><meta charset="utf-8"><title>Proxmox VE simulator</title>
<style>body{font:14px system-ui;margin:2rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.2rem .6rem;text-align:left}</style>
<h1>Proxmox VE ${escaped(state.version.version)}, simulated</h1><p>${time}</p>
${body}
`
}

function table(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  if (columns.length === 0) return '<p>none</p>'
  const cells = (tag: string, values: readonly unknown[]) =>
    `<tr>${values.map(value => `<${tag}>${escaped(String(value ?? ''))}</${tag}>`).join('')}</tr>`
  return `<table>${cells('th', columns)}${rows
    .map(row =>
      cells(
        'td',
        columns.map(name => row[name]),
      ),
    )
    .join('')}</table>`
}

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char] ?? char)
