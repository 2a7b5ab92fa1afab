/** One image, two programs: `main.ts api` and `main.ts web`. */

const [part] = process.argv.slice(2)

if (part === 'api') {
  const { startApi } = await import('./api/main.ts')
  await startApi()
} else if (part === 'web') {
  const { startWeb } = await import('./web/main.ts')
  await startWeb()
} else {
  console.error('usage: main.ts <api|web>')
  process.exitCode = 2
}
