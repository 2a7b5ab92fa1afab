/** The process of the limit: sends the writes of all tenants over the operator's own transport, each once, when asked. */
import { readFileSync } from 'node:fs'
import { createKube, type Kube } from '../../src/kube/client.ts'
import { loadKubeConfig } from '../../src/kube/config.ts'
import { createTransport } from '../../src/kube/transport.ts'
import { mapAtMost } from '../../src/proxmox/at-most.ts'
import { type Write, type WriteList, writesFor } from './write.ts'

/** The API server takes no more with more. */
const AT_ONCE = 16
/** As little as can be asked for, and as the operator asks for. */
const ANSWER = { metadataOnly: true }

const [kubeconfigPath = '', listFile = '', tenantsFile = ''] = process.argv.slice(2)
const { model, ...lists } = JSON.parse(readFileSync(listFile, 'utf8')) as WriteList
const tenants = JSON.parse(readFileSync(tenantsFile, 'utf8')) as string[]
const kube = createKube({ transport: createTransport({ connection: await loadKubeConfig({ kubeconfigPath }) }) })

process.on('message', async (phase: 'install' | 'upgrade') => {
  await mapAtMost(tenants, AT_ONCE, async tenant => {
    for (const write of writesFor(tenant, model, lists[phase])) await send(kube, write)
  })
  process.send?.('done')
})

async function send(kube: Kube, write: Write): Promise<void> {
  switch (write.verb) {
    case 'apply': {
      const { object, manager, subresource } = write
      const options = { manager, force: true, ...ANSWER }
      await kube.apply(object, subresource === undefined ? options : { ...options, subresource })
      return
    }
    case 'create':
      await kube.create(write.object, { manager: write.manager, ...ANSWER })
      return
    case 'patch':
      await kube.patch(write.ref, write.patch, ANSWER)
      return
    default:
      write satisfies never
  }
}
