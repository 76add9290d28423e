// An expression in, what it selects and groups by out: read by Prometheus's own grammar for editors.
import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

export interface Matcher {
  readonly label: string
  readonly op: '=' | '!=' | '=~' | '!~'
  readonly value: string
}

export interface Selector {
  readonly text: string
  /** Empty where only matchers select. */
  readonly name: string
  readonly matchers: readonly Matcher[]
  /** As it is written, such as `5m`; undefined for an instant selector. */
  readonly range: string | undefined
  /** The function that is called on it directly; empty where none is. */
  readonly calledBy: string
}

export interface ParsedPromql {
  /** What could not be read, each with where it begins. */
  readonly faults: readonly string[]
  readonly selectors: readonly Selector[]
  /** Labels that results are grouped or matched by. */
  readonly groupings: readonly string[]
}

export function parsePromql(expression: string): ParsedPromql {
  const faults: string[] = []
  const selectors: Selector[] = []
  const groupings: string[] = []
  const textOf = ({ from, to }: SyntaxNode) => expression.slice(from, to)
  parser.parse(expression).iterate({
    enter({ node }) {
      if (node.type.isError) faults.push(`at ${node.from}: ${expression.slice(node.from, node.from + 20)}`)
      if (node.name === 'VectorSelector') selectors.push(selector(node, textOf))
      if (node.name === 'GroupingLabels') groupings.push(...node.getChildren('LabelName').map(textOf))
    },
  })
  if (expression.trim() === '') faults.push('at 0: nothing')
  return { faults, selectors, groupings }
}

function selector(node: SyntaxNode, textOf: (node: SyntaxNode) => string): Selector {
  const name = node.getChild('Identifier')
  const matrix = node.parent?.name === 'MatrixSelector' ? node.parent : undefined
  const range = matrix?.getChild('DurationExpr')
  return {
    text: textOf(matrix ?? node),
    name: name === null ? '' : textOf(name),
    matchers: (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
      label: text(matcher, 'LabelName'),
      op: text(matcher, 'MatchOp') as Matcher['op'],
      value: text(matcher, 'StringLiteral').slice(1, -1),
    })),
    range: range === undefined || range === null ? undefined : textOf(range),
    calledBy: calledBy(matrix ?? node, textOf),
  }

  function text(of: SyntaxNode, child: string): string {
    const found = of.getChild(child)
    return found === null ? '' : textOf(found)
  }
}

function calledBy(node: SyntaxNode, textOf: (node: SyntaxNode) => string): string {
  let parent = node.parent
  while (parent !== null && (parent.name === 'FunctionCallBody' || parent.name === 'OffsetExpr')) parent = parent.parent
  const called = parent?.name === 'FunctionCall' ? parent.getChild('FunctionIdentifier') : null
  return called === null || called === undefined ? '' : textOf(called)
}
