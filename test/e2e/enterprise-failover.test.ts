import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { logIn, readCredentials } from '../../dev/demo/login.ts'
import type { Tenant } from '../../dev/demo/tenants.ts'
import { primaryOf, queryDatabase } from './database.ts'
import { type Environment, environment, journey } from './environment.ts'
import { type SteadyWriter, startWriting } from './steady-writer.ts'
import { deleteTenant, hostOf, namespaceOf, uniqueName, untilCondition, untilReady } from './tenant-client.ts'

const example = resolve(import.meta.dirname, '../../examples/tenants/enterprise.yaml')
const name = uniqueName('enterprise')
const recoveredWithin = { timeout: 180_000, interval: 500 }

journey('an enterprise tenant whose primary is killed while a client writes', () => {
  let env: Environment
  let tenant: Tenant
  let writer: SteadyWriter

  beforeAll(async () => {
    env = await environment()
    const { spec, ...manifest } = parse(await readFile(example, 'utf8')) as Tenant
    // The example keeps its domain and is protected; this one has to go again.
    const { domain: _, ...rest } = spec
    const own = {
      ...manifest,
      metadata: { name },
      spec: { ...rest, deletionProtection: false, deletionPolicy: 'Delete' },
    }
    await env.kubectl.run(['apply', '-f', '-'], stringify(own))
    tenant = await untilReady(env.kubectl, name)
    const host = hostOf(tenant)
    const { token } = await logIn(env.ingress, host, await readCredentials(env.kubectl, tenant))
    writer = startWriting(env.ingress, { host, token })
  })

  afterAll(async () => {
    await writer?.stop()
    // Three instances are a third of the machine: the other journeys need it.
    if (env !== undefined) await deleteTenant(env.kubectl, name)
  })

  test('has three instances, and each write waits for one of the two others', async () => {
    expect(tenant.status?.database).toMatchObject({ instances: 3, readyInstances: 3 })
    const standbys = await queryDatabase(env.kubectl, name, 'SELECT sync_state FROM pg_stat_replication')
    expect(standbys).toEqual(['quorum', 'quorum'])
  })

  test('comes back with another primary, Available and then Ready', async () => {
    const { kubectl } = env
    await expect.poll(() => writer.acknowledged.length, recoveredWithin).toBeGreaterThan(20)
    const killed = await primaryOf(kubectl, name)
    const before = writer.acknowledged.length
    await kubectl.run(['delete', 'pod', '-n', namespaceOf(name), killed, '--grace-period=0', '--force'])
    await expect.poll(() => primaryOf(kubectl, name), recoveredWithin).not.toBe(killed)
    await expect.poll(() => writer.acknowledged.length, recoveredWithin).toBeGreaterThan(before + 20)
    await untilCondition(kubectl, name, 'Available', { status: 'True' })
    await untilCondition(kubectl, name, 'DatabaseReady', { status: 'True' })
    await untilCondition(kubectl, name, 'Ready', { status: 'True' })
  })

  test('has every write that was acknowledged', async () => {
    await writer.stop()
    const kept = new Set(await queryDatabase(env.kubectl, name, 'SELECT text FROM notes'))
    expect(writer.refused).toBeGreaterThan(0)
    expect(writer.acknowledged.filter(text => !kept.has(text))).toEqual([])
  })
})
