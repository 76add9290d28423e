// Converts the label selector of a workload to the text that the API accepts. The simulated cluster has its own parser on
// purpose, so that it does not repeat a bug in this one; a test compares both.
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

/** Whether labels match a selector. An empty selector matches nothing here, because it does not select one workload. */
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
