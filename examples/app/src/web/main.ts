/** The web application: serves its files, and knows nothing of the database. Browsers reach the API at /api themselves. */
import { startServer } from '../http/server.ts'
import { log } from '../log.ts'
import { stopSignal, whenAborted } from '../stop-signal.ts'
import { siteRoutes } from './site.ts'

export async function startWeb(): Promise<void> {
  const stop = stopSignal()
  const server = await startServer({ port: Number(process.env.PORT ?? 8080), routes: await siteRoutes(), log })
  log('web started', { port: server.port })
  await whenAborted(stop)
  log('web stopping')
  await server.stop()
}
