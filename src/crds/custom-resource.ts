/** From a kind to its CustomResourceDefinition, as the API server takes it. */
import type { z } from 'zod'
import { type Column, GROUP, type Kind, VERSION } from './kind-shape.ts'
import { type OpenApi, openApiOf } from './open-api.ts'
import { VALIDATIONS } from './rule.ts'

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: object
}

export function desiredCustomResource(kind: Kind): CustomResourceDefinition {
  const singular = kind.kind.toLowerCase()
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: kind.scope,
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular,
        shortNames: [kind.shortName],
        categories: ['tenantry'],
      },
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: kind.columns.map(printerColumn),
          ...(kind.selectable.length === 0
            ? {}
            : { selectableFields: kind.selectable.map(field => ({ jsonPath: `.spec.${field}` })) }),
          ...(kind.status === undefined ? {} : { subresources: { status: {} } }),
          schema: { openAPIV3Schema: resourceSchema(kind) },
        },
      ],
    },
  }
}

export function resourceSchema({ description, name, spec, status }: Kind): OpenApi {
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string', description: `${GROUP}/${VERSION}` },
      kind: { type: 'string' },
      metadata: { type: 'object', ...(name === undefined ? {} : { properties: { name: nameLength(name) } }) },
      spec: { description: 'What is wanted.', ...openApiOf(spec) },
      ...(status === undefined
        ? {}
        : {
            status: {
              description: 'What was found, written by the operator.',
              ...openApiOf(status),
              // Tools that read it before the operator's first visit see that nothing is known yet.
              default: { observedGeneration: -1 },
            },
          }),
    },
    ...(name === undefined ? {} : { [VALIDATIONS]: nameRules(name) }),
  }
}

/** Below `metadata` the API server takes limits, but no rules: these stand at the root and name the field themselves. */
function nameLength(name: z.ZodString): OpenApi {
  const { maxLength } = openApiOf(name)
  return { type: 'string', ...(maxLength === undefined ? {} : { maxLength }) }
}

function nameRules(name: z.ZodString) {
  return (openApiOf(name)[VALIDATIONS] ?? []).map(({ rule, message }) => ({
    rule: rule.replaceAll('self', 'self.metadata.name'),
    message,
    fieldPath: '.metadata.name',
  }))
}

function printerColumn({ name, type, jsonPath, description, wide }: Column) {
  return { name, type, jsonPath, description, ...(wide ? { priority: 1 } : {}) }
}
