/**
 * The software-defined network. Writes change a configuration that is one for the whole cluster and comes into force
 * only with `apply`, for everybody's changes at once.
 */
import { z } from 'zod'
import { list, maybe, nothing, rows, task, text, whole } from '../answer-field.ts'
import { ipv4, ipv4Network, networkId, node } from '../parameter.ts'
import { route } from '../route.ts'

/** What is configured, with `pending` in the way of a list of changes, or with `running` as it is in force. */
const view = { pending: z.boolean().optional(), running: z.boolean().optional() }

/** `new`, `changed` or `deleted` while it waits to be applied. */
const state = maybe(text)

const settled = { tag: maybe(whole), zone: maybe(text), alias: maybe(text) }

const fabric = { id: maybe(text) }
const fabricNode = { fabric_id: maybe(text), node_id: maybe(text) }

/** Such as tenants-10.20.0.0-24. */
const subnetId = z.string().regex(/^[a-zA-Z0-9]{2,8}-[0-9.]{7,15}-[0-9]{1,2}$/)

export const sdn = {
  listZones: route(
    'GET /cluster/sdn/zones',
    view,
    rows(z.object({ zone: text, type: maybe(text), bridge: maybe(text), nodes: list, state })),
  ),
  listControllers: route('GET /cluster/sdn/controllers', view, rows(z.object({ controller: text, state }))),
  /** Version 9 and newer. What is new has its fields within `pending` alone. */
  listFabrics: route(
    'GET /cluster/sdn/fabrics/all',
    view,
    z.object({
      fabrics: rows(z.object({ ...fabric, state, pending: maybe(z.object(fabric)) })),
      nodes: rows(z.object({ ...fabricNode, state, pending: maybe(z.object(fabricNode)) })),
    }),
  ),
  /** Under `pending` a new vnet has its settings within `pending` alone. */
  listVnets: route(
    'GET /cluster/sdn/vnets',
    view,
    rows(z.object({ vnet: text, ...settled, state, pending: maybe(z.object(settled)) })),
  ),
  /** As configured; what waits to be applied counts. */
  getVnet: route('GET /cluster/sdn/vnets/{vnet}', { vnet: networkId }, z.object({ vnet: text, ...settled })),
  createVnet: route(
    'POST /cluster/sdn/vnets',
    {
      vnet: networkId,
      zone: networkId,
      tag: z.int().min(1).max(16_777_215).optional(),
      alias: z
        .string()
        .regex(/^[A-Za-z0-9 ,./:;=@_-]{0,256}$/)
        .optional(),
    },
    nothing,
  ),
  deleteVnet: route('DELETE /cluster/sdn/vnets/{vnet}', { vnet: networkId }, nothing),
  listSubnets: route(
    'GET /cluster/sdn/vnets/{vnet}/subnets',
    { vnet: networkId, ...view },
    rows(
      z.object({
        subnet: text,
        cidr: maybe(text),
        gateway: maybe(text),
        state,
        /** What a change makes of it: an address, or `deleted`. */
        pending: maybe(z.object({ gateway: maybe(text) })),
      }),
    ),
  ),
  createSubnet: route(
    'POST /cluster/sdn/vnets/{vnet}/subnets',
    { vnet: networkId, type: z.literal('subnet'), subnet: ipv4Network, gateway: ipv4.optional() },
    nothing,
  ),
  updateSubnet: route(
    'PUT /cluster/sdn/vnets/{vnet}/subnets/{subnet}',
    { vnet: networkId, subnet: subnetId, gateway: ipv4 },
    nothing,
  ),
  /** Of one that does not exist it succeeds too. */
  deleteSubnet: route(
    'DELETE /cluster/sdn/vnets/{vnet}/subnets/{subnet}',
    { vnet: networkId, subnet: subnetId },
    nothing,
  ),
  /** Commits everybody's changes, and reloads each node. The task ends well even where a node failed: look at each. */
  apply: route('PUT /cluster/sdn', {}, task),
  /** Whether the zones are in force on one node: available, pending or error. */
  listNodeZones: route('GET /nodes/{node}/sdn/zones', { node }, rows(z.object({ zone: text, status: maybe(text) }))),
  listNodeVnets: route(
    'GET /nodes/{node}/sdn/zones/{zone}/content',
    { node, zone: networkId },
    rows(z.object({ vnet: text, status: maybe(text), statusmsg: maybe(text) })),
  ),
}
