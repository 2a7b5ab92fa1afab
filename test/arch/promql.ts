/** Which metrics and labels an expression of PromQL names, by Prometheus' own grammar. */
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Selector {
  readonly metric: string
  readonly matchers: readonly { readonly label: string; readonly values: readonly string[] }[]
}

export interface NamedInExpression {
  readonly selectors: readonly Selector[]
  /** Of `by`, `without`, `on` and `ignoring`. */
  readonly grouping: readonly string[]
}

/** Grafana's variables stand for a duration. @throws where the expression cannot be read. */
export function namedIn(expression: string): NamedInExpression {
  const text = expression.replaceAll('$__rate_interval', '5m')
  const textOf = (node: SyntaxNode) => text.slice(node.from, node.to)
  const tree = parser.parse(text)
  const nodes: SyntaxNode[] = []
  tree.iterate({ enter: ({ node }) => void nodes.push(node) })
  if (nodes.some(({ type }) => type.isError)) throw new Error(`cannot be read: ${expression}`)
  const named = (name: string) => nodes.filter(({ type }) => type.name === name)
  return {
    selectors: named('VectorSelector').map(node => selectorOf(node, textOf)),
    grouping: named('GroupingLabels').flatMap(node => node.getChildren('LabelName').map(textOf)),
  }
}

function selectorOf(node: SyntaxNode, text: (node: SyntaxNode) => string): Selector {
  const metric = node.getChild('Identifier')
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []
  return { metric: metric === null ? '' : text(metric), matchers: matchers.map(matcher => matcherOf(matcher, text)) }
}

/** A regular expression here is a list of alternatives. */
function matcherOf(node: SyntaxNode, text: (node: SyntaxNode) => string) {
  const [label, value] = ['LabelName', 'StringLiteral'].map(name => {
    const child = node.getChild(name)
    return child === null ? '' : text(child)
  })
  return { label: label ?? '', values: (JSON.parse(value || '""') as string).split('|') }
}
