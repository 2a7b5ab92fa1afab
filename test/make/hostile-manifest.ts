/** Manifests that somebody means ill with, made from the schemas themselves: each field is now right, now hostile, now of another type. */
import fc from 'fast-check'
import { z } from 'zod'
import { chartSchema } from '../../src/crds/plan-chart.ts'
import { line } from '../../src/crds/scalar.ts'
import { tenantSpecSchema } from '../../src/crds/tenant.ts'
import { tenantPlanSpecSchema } from '../../src/crds/tenant-plan.ts'
import { API_VERSION } from '../../src/plan/names.ts'

/** Each tries one thing; those without a line break pass where one line of text is asked for. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...['{{ .Values.admin }}', '{{ lookup "v1" "Secret" "kube-system" "" }}', '{{- fail "x" -}}', '}}{{', '{{/*'],
  ...[`\${tenant.name}`, `\${process.env.PATH}`, '$(id)', '`id`', '; rm -rf /', '$HOME', '%s%n', '../../etc/passwd'],
  ...['--set=a=b', '-f', '--kube-as-user=admin', '--post-renderer=/bin/sh', '@/etc/passwd', '-'],
  ...[
    'x: y',
    '- x',
    '# no comment',
    'a #b',
    '&anchor',
    '*anchor',
    '!!js/function x',
    '<<: *a',
    '? x',
    '|',
    '>',
    '---',
    '...',
  ],
  ...[
    '"',
    "'",
    '\\',
    '\\u0000',
    '{',
    '[',
    ']',
    '}',
    '"}, "admin": {"',
    "'\n---\nkind: ClusterRole\n",
    '\n---\n',
    '%YAML 1.1',
  ],
  ...[
    'yes',
    'no',
    'null',
    '~',
    'true',
    '0x1f',
    '1e3',
    '0o17',
    '.inf',
    '.nan',
    '12:30:45',
    '2026-01-01',
    '007',
    '1_000',
    '=',
  ],
  ...[
    '\u0000',
    'a\u0000b',
    '\r\n',
    '\t',
    '\u0007',
    '\u001b[2J',
    '\u007f',
    '\u0085',
    '\u2028',
    '\u2029',
    '\ufeff',
    '\ufffe',
  ],
  ...[
    '\u202egnp.exe',
    '\u200b',
    '\u200d',
    'עברית',
    'مرحبا',
    '日本語',
    '👩‍👩‍👧‍👦',
    'e\u0301',
    'İ',
    'ß',
    '\ud800',
    '\udc00x',
    '\u{10ffff}',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'],
  ...['globex', 'tenant-globex', 'kube-system', 'tenantry-system', '<script>alert(1)</script>', "' OR 1=1 --", ' ', ''],
  ...[
    'x'.repeat(120),
    '{'.repeat(121),
    'ש'.repeat(5000),
    '💥'.repeat(60),
    '💥'.repeat(100),
    '\u00a0x',
    'x\u3000',
    '\u2003',
    'a.'.repeat(126),
  ],
]

/** These pass where one line of text is asked for: they are what gets as far as the chart. */
export const ONE_LINE = HOSTILE_TEXTS.filter(text => line.safeParse(text).success)

const HOSTILE_KEYS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'isAdmin',
  'values',
  '{{x}}',
  `\${x}`,
  'a\nb',
  'k'.repeat(40_000),
]

const hostileText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...HOSTILE_TEXTS), fc.constantFrom(...HOSTILE_TEXTS)).map(two => two.join('')),
  },
)
const otherType = fc.oneof(
  fc.constantFrom(null, true, 0, -1, 1.5, 2 ** 53, -(2 ** 63), 1e308, [], [[]], {}, 'x'),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(...HOSTILE_KEYS).map(key => withKey({}, key, { isAdmin: true })),
)

/** As `JSON.parse` would: also `__proto__` becomes a field of its own. */
function withKey(object: object, key: string, value: unknown): object {
  return Object.defineProperty({ ...object }, key, { value, enumerable: true, writable: true, configurable: true })
}

type Node = z.core.JSONSchema.BaseSchema

const QUANTITIES: Readonly<Record<string, readonly unknown[]>> = {
  cpu: ['1', '500m', '2', 4, '0.125', 64],
  bytes: ['1Gi', '2Gi', '64Gi', '512Mi', '100G', '0.1Ti', 2 ** 34],
}
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  // Of the database, which has to state a version.
  image: ['registry.example/postgresql:17.5', 'postgresql:16'],
  others: ['registry.example:5000/api:1.0.0', `web@sha256:${'a'.repeat(64)}`],
}

const placeholder = fc.constantFrom('${host}', '${limits}', 'a ${tenant.companyName} b', '${__proto__}', '${', '$${')
const freeForm = fc.dictionary(hostileText, fc.oneof(placeholder, hostileText, otherType), { maxKeys: 4 })

function rightText(key: string, node: Node): fc.Arbitrary<unknown> {
  const { enum: members, pattern = '', maxLength = 1000 } = node
  if (members !== undefined) return fc.constantFrom(...members)
  if (pattern.includes('sha256')) return fc.constantFrom(...(IMAGES[key] ?? IMAGES.others ?? []))
  if (pattern.includes('\\p{Cc}')) return fc.oneof(fc.constant('Acme GmbH'), hostileText, fc.constantFrom(...ONE_LINE))
  return fc.stringMatching(new RegExp(pattern, 'u'), { maxLength: Math.min(maxLength, 60) })
}

function rightValue(key: string, node: Node): fc.Arbitrary<unknown> {
  if (node.anyOf !== undefined) return fc.constantFrom(...(QUANTITIES[key] ?? QUANTITIES.bytes ?? []))
  if (node.type === 'object' && node.properties !== undefined) return objectOf(node)
  if (node.type === 'array') return arrayOf(key, node.items as Node)
  if (node['x-kubernetes-preserve-unknown-fields'] === true) return freeForm
  if (node.type === 'object')
    return fc.dictionary(fc.constantFrom('users', 'constructor', 'toString', 'x.y'), fc.nat(), { maxKeys: 3 })
  if (node.type === 'boolean') return fc.boolean()
  if (node.type === 'integer') return fc.constantFrom(1, 3, node.minimum ?? 0, Math.min(node.maximum ?? 100, 100))
  return rightText(key, node)
}

/** Of whole objects there are mostly none: what is right by chance in each of their fields breaks a rule over several. */
function arrayOf(key: string, items: Node): fc.Arbitrary<unknown[]> {
  const some = fc.array(rightValue(key, items), { maxLength: 3 })
  return items.properties === undefined
    ? some
    : fc.oneof({ weight: 4, arbitrary: fc.constant<unknown[]>([]) }, { weight: 1, arbitrary: some })
}

function fieldOf(key: string, node: Node): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 120, arbitrary: rightValue(key, node) },
    { weight: 1, arbitrary: hostileText },
    { weight: 1, arbitrary: otherType },
  )
}

function objectOf({ properties = {}, required = [] }: Node): fc.Arbitrary<object> {
  const fields = Object.fromEntries(Object.entries(properties).map(([key, node]) => [key, fieldOf(key, node as Node)]))
  const known = fc.record(fields, { requiredKeys: required })
  const strange = fc
    .tuple(known, fc.constantFrom(...HOSTILE_KEYS), otherType)
    .map(([object, key, value]) => withKey(object, key, value))
  return fc.oneof({ weight: 40, arbitrary: known }, { weight: 1, arbitrary: strange })
}

function specOf(schema: z.ZodType): fc.Arbitrary<unknown> {
  return fieldOf('spec', z.toJSONSchema(schema, { io: 'input' }) as Node)
}

/** Of a plan, alone: in a whole one that is right by chance, hardly any chart comes from elsewhere. */
export const hostileChart = specOf(chartSchema)

const annotations = fc.dictionary(hostileText, hostileText, { maxKeys: 2 })

/** As they come from the API server: parsed from JSON. Names are those that the API server lets through. */
export const hostileTenant = manifestOf('Tenant', specOf(tenantSpecSchema))
export const hostilePlan = manifestOf('TenantPlan', fc.tuple(specOf(tenantPlanSpecSchema), fc.boolean()).map(roomy))

export interface HostileManifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly annotations: Readonly<Record<string, string>> }
  readonly spec: unknown
}

/** What a quota has to hold is a rule over all of the plan, which single fields seldom meet by chance. */
function roomy([spec, isRoomy]: [unknown, boolean]): unknown {
  if (!isRoomy || typeof spec !== 'object' || spec === null) return spec
  return { ...spec, quota: { cpu: '9000', memory: '90Ti', storage: '90Ti', pods: 1000 } }
}

function manifestOf(kind: string, spec: fc.Arbitrary<unknown>): fc.Arbitrary<HostileManifest> {
  const name = fc.stringMatching(/^[a-z0-9](?:[-a-z0-9]{0,38}[a-z0-9])?$/)
  return fc
    .record({
      apiVersion: fc.constant(API_VERSION),
      kind: fc.constant(kind),
      metadata: fc.record({ name, annotations }),
      spec,
    })
    .map(manifest => JSON.parse(JSON.stringify(manifest)) as HostileManifest)
}
