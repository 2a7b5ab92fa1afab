import { expect, test } from 'vitest'
import { importViolations } from './import-rules.ts'
import { sourceFiles } from './repository.ts'

test('every import in src/ goes down the layers', () => {
  expect(importViolations(sourceFiles('src'))).toEqual([])
})

test.each([
  ['src/crds/tenant.ts', "import { parse } from 'yaml'", 'crds must not import yaml'],
  ['src/crds/tenant.ts', "import type { Step } from '../plan/step.ts'", 'crds must not import plan (src/plan/step.ts)'],
  ['src/plan/tenant.ts', "import { createHash } from 'node:crypto'", 'plan must not import node:crypto'],
  ['src/plan/tenant.ts', "const { z } = await import('zod')", 'plan must not import zod'],
  ['src/plan/verdict/x.ts', "import '../../kube/client.ts'", 'plan must not import kube (src/kube/client.ts)'],
  [
    'src/helm/apply.ts',
    "import {\n  a,\n  b,\n} from '../kube/client.ts'",
    'helm must not import kube (src/kube/client.ts)',
  ],
  ['src/kube/apply.ts', "export { x } from '../helm/run.ts'", 'kube must not import helm (src/helm/run.ts)'],
  ['src/proxmox/client.ts', "import '../kube/client.ts'", 'proxmox must not import kube (src/kube/client.ts)'],
  [
    'src/kube/apply.ts',
    "import '../controllers/queue.ts'",
    'kube must not import controllers (src/controllers/queue.ts)',
  ],
  ['src/controllers/queue.ts', "import '../main.ts'", 'controllers must not import main (src/main.ts)'],
  ['src/main.ts', "import '../dev/versions.ts'", 'src must not import dev/versions.ts'],
  ['src/elsewhere/x.ts', "import 'zod'", '"elsewhere" is no layer'],
])('in %s, %s is refused', (path, text, sentence) => {
  expect(importViolations([{ path, text }])).toEqual([`${path}: ${sentence}`])
})

test('downward imports, comments, strings and tests are left alone', () => {
  expect(
    importViolations([
      { path: 'src/plan/x.ts', text: "import { sha256 } from '@noble/hashes/sha2.js'\nimport '../crds/tenant.ts'" },
      { path: 'src/plan/x.ts', text: "// import 'node:fs'\n/* from 'node:fs' */\nexport const a = `b`" },
      { path: 'src/kube/x.ts', text: "import 'node:http2'\nimport '../plan/step.ts'\nimport './client.ts'" },
      { path: 'src/plan/x.test.ts', text: "import 'vitest'\nimport '../../test/make/tenant.ts'" },
    ]),
  ).toEqual([])
})
