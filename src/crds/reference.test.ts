import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Kind } from './kind-shape.ts'
import { reference } from './reference.ts'
import { text, withRules } from './rule.ts'

const kind: Kind = {
  kind: 'Parcel',
  plural: 'parcels',
  shortName: 'par',
  scope: 'Namespaced',
  description: 'Something on its way.',
  name: text(/^[a-z]+$/, 'must be lower case letters', 20),
  spec: z.object({
    to: text(/^.+$/, 'must be an address', 99).describe('Where it goes: <street> | <box>.'),
    priority: z.enum(['Low', 'High']).default('Low').describe('How fast.'),
    stops: z
      .array(z.object({ place: z.string().describe('Where.') }))
      .optional()
      .describe('On the way.'),
    weight: withRules(z.int().min(1).max(9), { cel: 'self != 4', message: 'must not be 4', holds: kg => kg !== 4 })
      .optional()
      .describe('In kg.'),
  }),
  status: z.object({ at: z.string().optional().describe('Where it is.') }),
  selectable: ['to'],
  columns: [
    { name: 'To', type: 'string', jsonPath: '.spec.to', description: 'Where it goes.' },
    { name: 'At', type: 'string', jsonPath: '.status.at', description: 'Where it is.', wide: true },
  ],
}

test('a kind is told field by field', () => {
  const page = reference({ kinds: [kind], example: 'kind: Parcel', origin: 'Made up.' })
  expect(page.slice(page.indexOf('The smallest'))).toBe(`The smallest Tenant:

\`\`\`yaml
kind: Parcel
\`\`\`

## Parcel

Something on its way. Namespaced; short name \`par\`.

\`metadata.name\` must be lower case letters; at most 20 characters.

| Field | Type | Default | Meaning |
| --- | --- | --- | --- |
| \`spec.to\` | string | required | Where it goes: &lt;street> \\| &lt;box>. Must be an address. |
| \`spec.priority\` | \`Low\`, \`High\` | \`"Low"\` | How fast. |
| \`spec.stops\` | list of objects |  | On the way. |
| \`spec.stops[].place\` | string | required | Where. |
| \`spec.weight\` | integer |  | In kg. 1 to 9. Must not be 4. |

### Status

| Field | Type | Meaning |
| --- | --- | --- |
| \`status.at\` | string | Where it is. |

### Columns of \`kubectl get parcels\`

| Column | Meaning |
| --- | --- |
| TO | Where it goes. |
| AT | Where it is. With \`-o wide\`. |

Selectable by \`--field-selector\`: \`spec.to\`.
`)
})
