// A label selector as workloads state it in, the text that the API takes out. The simulated cluster reads selectors by code of its own: it
// stands where a real API server stands, and what is wrong here would be right there if the two shared it. A test holds them together.
import type { V1LabelSelector } from '@kubernetes/client-node'
import { entries, list, text, texts } from './diagnosis/field.ts'

/** @example labelSelectorText({ matchLabels: { app: 'web' } }) // 'app=web' */
export function labelSelectorText(selector: V1LabelSelector | undefined): string {
  const equal = entries(selector?.matchLabels).map(([key, value]) => `${key}=${value}`)
  const others = list(selector?.matchExpressions).map(({ key, operator, values }) => {
    const all = texts(values).join(',')
    if (operator === 'In') return `${text(key)} in (${all})`
    if (operator === 'NotIn') return `${text(key)} notin (${all})`
    return operator === 'Exists' ? text(key) : `!${text(key)}`
  })
  return [...equal, ...others].join(',')
}

/** Whether labels fit a selector. One without any condition fits nothing here: it is no selector of one workload. */
export function selects(selector: V1LabelSelector | undefined, labels: Readonly<Record<string, string>>): boolean {
  const equal = entries(selector?.matchLabels)
  const others = list(selector?.matchExpressions)
  if (equal.length + others.length === 0) return false
  return (
    equal.every(([key, value]) => labels[key] === value) &&
    others.every(({ key, operator, values }) => {
      const value = labels[text(key)]
      if (operator === 'In') return value !== undefined && texts(values).includes(value)
      if (operator === 'NotIn') return value === undefined || !texts(values).includes(value)
      return operator === 'Exists' ? value !== undefined : value === undefined
    })
  )
}
