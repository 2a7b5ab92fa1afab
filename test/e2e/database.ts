/** A tenant's PostgreSQL as its administrator sees it: psql within a database pod. */
import type { Kubectl } from '../../dev/demo/kubectl.ts'
import { namespaceOf } from './tenant-client.ts'

/** The rows of a query, columns separated by `|`. `pod` defaults to the primary. */
export async function queryDatabase(kubectl: Kubectl, tenant: string, sql: string, pod?: string): Promise<string[]> {
  const into = ['exec', '-i', '-n', namespaceOf(tenant), pod ?? (await primaryOf(kubectl, tenant)), '-c', 'postgres']
  const psql = [
    'psql',
    '--no-psqlrc',
    '--tuples-only',
    '--no-align',
    '--quiet',
    '--set=ON_ERROR_STOP=1',
    '--dbname=app',
  ]
  const output = await kubectl.run([...into, '--', ...psql], sql)
  return output.split('\n').filter(line => line !== '')
}

/** The pod that CloudNativePG counts as the primary. */
export async function primaryOf(kubectl: Kubectl, tenant: string): Promise<string> {
  const cluster = await kubectl.json<{ status: { currentPrimary: string } }>([
    ...['get', 'clusters.postgresql.cnpg.io', '-n', namespaceOf(tenant), 'db'],
  ])
  return cluster.status.currentPrimary
}
