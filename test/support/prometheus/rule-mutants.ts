// An alert's expression in, the ways of breaking it out, each with what was done: thresholds, comparisons, names, how its parts
// are joined. A unit test that does not notice one of them proves nothing of that part.

export interface Mutant {
  readonly what: string
  readonly expr: string
}

export function mutantsOf(expr: string): Mutant[] {
  return [...thresholds(expr), ...comparisons(expr), ...names(expr), ...joints(expr)]
}

const COMPARISON = /(==|>=|>|<) (\d+(?:\.\d+)?)/g

/** A threshold of 0 has no double: it becomes one that nothing reaches. */
function thresholds(expr: string): Mutant[] {
  return [...expr.matchAll(COMPARISON)].flatMap((match) => {
    const [, operator = '', number = ''] = match
    const changed = Number(number) === 0 ? [1e9] : [Number(number) * 2, Number(number) / 2]
    return operator === '=='
      ? []
      : changed.map((threshold) => mutant(expr, match, `${operator} ${threshold}`, `${number} became ${threshold}`))
  })
}

function comparisons(expr: string): Mutant[] {
  const turned: Readonly<Record<string, string>> = { '==': '!=', '>=': '<', '>': '<', '<': '>' }
  return [...expr.matchAll(COMPARISON)].map((match) => {
    const [, operator = '', number = ''] = match
    return mutant(expr, match, `${turned[operator]} ${number}`, `${operator} became ${turned[operator]}`)
  })
}

/** Metrics, and the values that select among their series. */
function names(expr: string): Mutant[] {
  const metrics = [
    ...expr.matchAll(/\b(?:(?:job:)?(?:mcp|otelcol|nodejs|process)_\w+(?::\w+)?|ALERTS|up)\b(?=[{[) \n]|$)/g),
  ]
  const values = [...expr.matchAll(/(?<=[=~])"[^"]+"/g)]
  return [
    ...metrics.map((match) => mutant(expr, match, `other_${match[0]}`, `${match[0]} is not asked for`)),
    ...values.map((match) => mutant(expr, match, '"other"', `${match[0]} is not selected`)),
  ]
}

function joints(expr: string): Mutant[] {
  return [...expr.matchAll(/\b(and|unless)\b/g)].map((match) => {
    const other = match[0] === 'and' ? 'unless' : 'and'
    return mutant(expr, match, other, `${match[0]} became ${other}`)
  })
}

function mutant(expr: string, match: RegExpExecArray | RegExpMatchArray, put: string, what: string): Mutant {
  const at = match.index ?? 0
  return { what: `${what} at ${at}`, expr: `${expr.slice(0, at)}${put}${expr.slice(at + match[0].length)}` }
}
