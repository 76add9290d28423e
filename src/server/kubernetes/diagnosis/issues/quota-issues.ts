// Finds quotas that are used up.
import { entries, quantity } from '../field.ts'
import { defineIssue } from '../issue-rule.ts'

export const quotaIssues = [
  defineIssue({
    id: 'quota_exhausted',
    title: 'Quota is used up',
    severity: 'warning',
    of: ['ResourceQuota'],
    detection: 'A resource of a ResourceQuota is used to its hard limit or beyond, and the limit is not zero.',
    fields: ['status.used[]', 'status.hard[]'],
    cause: 'The namespace has used up a quota. The API rejects objects that need more of it.',
    next: {
      tool: 'list_workloads',
      text: 'Check which workloads use the quota. Scale one down, or raise the quota.',
      remediation: 'scale',
    },
    detect({ raw: { status } }) {
      const used = new Map(entries(status?.used))
      const full = entries(status?.hard).filter(([resource, hard]) => isUsedUp(used.get(resource), hard))
      if (full.length === 0) return []
      return [
        {
          evidence: full.slice(0, 4).flatMap(([resource, hard]) => [
            { field: `status.used[${resource}]`, value: used.get(resource) ?? '' },
            { field: `status.hard[${resource}]`, value: hard },
          ]),
        },
      ]
    },
  }),
]

function isUsedUp(used: string | undefined, hard: string): boolean {
  const [most, now] = [quantity(hard), quantity(used)]
  return most !== undefined && now !== undefined && most > 0 && now >= most
}
