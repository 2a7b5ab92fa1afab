/** From the kinds to the reference that people read, as Markdown. */
import { ABNORMAL_CONDITIONS, CONDITION_MEANINGS, type ConditionType } from './condition.ts'
import { resourceSchema } from './custom-resource.ts'
import { tenantKind } from './kind.ts'
import { GROUP, type Kind, VERSION } from './kind-shape.ts'
import type { OpenApi } from './open-api.ts'
import { VALIDATIONS } from './rule.ts'

export interface ReferenceInputs {
  readonly kinds: readonly Kind[]
  /** A small valid manifest. */
  readonly example: string
  /** One sentence: where the page comes from. */
  readonly origin: string
}

export function reference({ kinds, example, origin }: ReferenceInputs): string {
  const blocks = [
    `<!-- ${origin} -->`,
    '# Reference of the resources',
    `Everything is in the API group \`${GROUP}\`, version \`${VERSION}\`, and in the category \`tenantry\`: \`kubectl get tenantry\` lists it all. Other projects have a kind \`Tenant\` too; \`kubectl get ${tenantKind.plural}.${GROUP}\` means ours wherever several are installed.`,
    'The smallest Tenant:',
    `\`\`\`yaml\n${example}\n\`\`\``,
    ...kinds.flatMap(kindBlocks),
  ]
  return `${blocks.join('\n\n')}\n`
}

function kindBlocks(kind: Kind): string[] {
  const { spec = {}, status } = resourceSchema(kind).properties ?? {}
  const columns = kind.columns.map(({ name, description, wide }) => [
    name.toUpperCase(),
    `${description}${wide ? ' With `-o wide`.' : ''}`,
  ])
  return [
    `## ${kind.kind}`,
    `${kind.description} ${kind.scope === 'Cluster' ? 'Cluster-scoped' : 'Namespaced'}; short name \`${kind.shortName}\`.`,
    ...(kind.name === undefined ? [] : [`\`metadata.name\` ${nameText(kind)}.`]),
    table(['Field', 'Type', 'Default', 'Meaning'], fieldRows('spec', spec)),
    ...(status === undefined ? [] : ['### Status', table(['Field', 'Type', 'Meaning'], statusRows(status))]),
    ...(kind.conditions === undefined ? [] : ['### Conditions', conditionTable(kind.conditions)]),
    `### Columns of \`kubectl get ${kind.plural}\``,
    table(['Column', 'Meaning'], columns),
    ...(kind.selectable.length === 0
      ? []
      : [`Selectable by \`--field-selector\`: ${kind.selectable.map(selector).join(', ')}.`]),
  ]
}

function nameText({ name, ...kind }: Kind): string {
  const schema = resourceSchema({ ...kind, ...(name ? { name } : {}) })
  const { maxLength } = schema.properties?.metadata?.properties?.name ?? {}
  return `${messages(schema).join('; ')}; at most ${maxLength} characters`
}

type Row = readonly string[]

function fieldRows(path: string, schema: OpenApi): Row[] {
  return fields(path, schema).map(({ name, field, required }) => [
    `\`${name}\``,
    typeText(field),
    field.default === undefined ? (required ? 'required' : '') : `\`${JSON.stringify(field.default)}\``,
    [field.description ?? '', ...ruleTexts(field)].join(' '),
  ])
}

function statusRows(schema: OpenApi): Row[] {
  return fields('status', schema).map(({ name, field }) => [`\`${name}\``, typeText(field), field.description ?? ''])
}

function fields(path: string, schema: OpenApi): { name: string; field: OpenApi; required: boolean }[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, field]) => {
    const name = `${path}.${key}`
    const below = field.items === undefined ? fields(name, field) : fields(`${name}[]`, field.items)
    return [{ name, field, required: schema.required?.includes(key) ?? false }, ...below]
  })
}

function typeText({ type = 'quantity', enum: values, items, additionalProperties }: OpenApi): string {
  if (values !== undefined) return values.map(value => `\`${value}\``).join(', ')
  if (items !== undefined) return `list of ${items.type}s`
  return additionalProperties === undefined ? type : `map of ${additionalProperties.type}s`
}

function ruleTexts(field: OpenApi): string[] {
  const { minimum, maximum } = field
  const range = minimum === undefined || maximum === undefined ? [] : [`${minimum} to ${maximum}.`]
  return [...range, ...messages(field).map(message => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`)]
}

function messages(schema: OpenApi): string[] {
  return (schema[VALIDATIONS] ?? []).map(({ message, fieldPath }) =>
    fieldPath === undefined || fieldPath.startsWith('.metadata') ? message : `\`${fieldPath.slice(1)}\` ${message}`,
  )
}

function conditionTable(types: readonly ConditionType[]): string {
  const abnormal: readonly ConditionType[] = ABNORMAL_CONDITIONS
  const rows = types.map(type => [`\`${type}\``, abnormal.includes(type) ? 'False' : 'True', CONDITION_MEANINGS[type]])
  return table(['Condition', 'Normally', 'When True'], rows)
}

function selector(field: string): string {
  return `\`spec.${field}\``
}

function table(head: Row, rows: readonly Row[]): string {
  const line = (cells: Row) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
