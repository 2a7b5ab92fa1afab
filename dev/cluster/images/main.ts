/** `node dev/cluster/images/main.ts build <image>...|all`: makes images and prints their digests and archives. */

import { consoleProgress } from '../progress.ts'
import { buildImage } from './build.ts'
import { type ImageName, imageNames } from './catalogue.ts'

const usage = `usage: node dev/cluster/images/main.ts build <${imageNames.join('|')}|all>`

const [verb, ...wanted] = process.argv.slice(2)
const names = wanted.includes('all') ? imageNames : wanted.filter(isImageName)
if (verb !== 'build' || names.length === 0 || (names !== imageNames && names.length < wanted.length)) {
  console.error(usage)
  process.exit(2)
}
const progress = consoleProgress()
for (const name of names) {
  const built = await progress.step(`image ${name}`, () => buildImage(name, progress))
  for (const reference of built.references) console.log(`${reference} ${built.digest} ${built.archive}`)
}

function isImageName(name: string): name is ImageName {
  return (imageNames as string[]).includes(name)
}
