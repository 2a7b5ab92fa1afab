/** Asks the API server of a kubeconfig written by this repository whether something is so. */

import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { parseKubeconfig } from './kubeconfig.ts'

const answerWithinMs = 2_000

/** Whether the API server answers 200 at a path. False also where nobody answers, or there is no such kubeconfig. */
export async function answersOk(kubeconfigFile: string, path: string): Promise<boolean> {
  try {
    const { server, authority, certificate, key } = parseKubeconfig(await readFile(kubeconfigFile, 'utf8'))
    return (await statusOf(new URL(path, server), { ca: authority, cert: certificate, key })) === 200
  } catch {
    return false
  }
}

function statusOf(url: URL, credentials: { ca: string; cert: string; key: string }): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(answerWithinMs)
    request(url, { ...credentials, agent: false, signal }, response => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })
}
