// Defines the tool apply_remediation, the only tool that changes the cluster.
import type { RemediationOutcome } from 'mcp-vitals'
import { z } from 'zod'
import { TARGET_KINDS } from '../../kubernetes/remediation/prepare-change.ts'
import type { Remediator } from '../../kubernetes/remediation/remediate.ts'
import { nameInput, namespaceInput } from '../object-name.ts'
import type { Tool } from '../tool.ts'
import { defineTool } from '../tool.ts'

const OUTCOMES = ['verified', 'failed'] as const satisfies readonly RemediationOutcome[]

export function applyRemediation({ apply, policy }: Remediator): Tool {
  const kinds = [...new Set(policy.actions.flatMap((action) => TARGET_KINDS[action]))]
  return defineTool({
    name: 'apply_remediation',
    title: 'Apply a remediation',
    description:
      'Applies a planned remediation, checks for up to a minute whether it helped, and returns the outcome. This changes the cluster, unless the object has changed since the plan. It requires the confirmation from a plan tool and the same action, object and number, so that the person who approves the call sees what it does. Outcome "verified": the workload is complete and its issues are gone. "failed": it was changed, but this did not help, or not yet.',
    input: {
      action: z.enum(policy.actions as [string, ...string[]]).describe('As planned.') as z.ZodType<
        (typeof policy.actions)[number]
      >,
      kind: z.enum(kinds as [string, ...string[]]).describe('As planned.') as z.ZodType<(typeof kinds)[number]>,
      namespace: namespaceInput,
      name: nameInput('workload or pod').describe('The name of the object, as planned.'),
      replicas: z.number().int().optional().describe('For scale: as planned.'),
      revision: z.number().int().optional().describe('For rollback: as planned, if the plan named a revision.'),
      confirmation: z
        .string()
        .regex(/^[0-9a-f]{48}$/, 'Not a confirmation from a plan tool')
        .describe('The confirmation from the plan tool.'),
    },
    output: {
      success: z.literal(true),
      outcome: z.enum(OUTCOMES),
      action: z.enum(policy.actions as [string, ...string[]]),
      target: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
      issues: z
        .array(z.string())
        .describe('Issue types from before the change that are still present, or present again.'),
      missing: z.string().optional().describe('What else is missing for the workload to be complete.'),
    },
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
    async run({ action, kind, namespace, name, replicas, revision, confirmation }, { signal }) {
      const target = { kind, namespace, name }
      const { verified, issues, missing } = await apply({ action, target, replicas, revision }, confirmation, signal)
      const outcome: (typeof OUTCOMES)[number] = verified ? 'verified' : 'failed'
      return {
        success: true as const,
        outcome,
        action,
        target,
        issues: [...issues],
        ...(missing !== undefined && { missing }),
      }
    },
    text({ outcome, action, target, issues, missing }) {
      const done = `${action} of ${target.kind} ${target.namespace}/${target.name} was applied`
      if (outcome === 'verified') return `${done}, and it helped: the workload is complete, and its issues are gone.`
      const still = [
        ...(issues.length > 0 ? [`still present: ${issues.join(', ')}`] : []),
        ...(missing ? [missing] : []),
      ]
      return `${done}, but it did not help in time (${still.join('; ')}). Diagnose the object again before you change anything else.`
    },
  })
}
