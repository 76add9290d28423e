// A remediator in, the one tool that changes something out.
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
      'Carries out a remediation that was planned, if the object is still as it was then, and watches for up to a minute whether it helped. This changes the cluster. It needs the confirmation of a plan tool, and the same action, object and number, so that whoever approves the call sees what it does. Read the outcome: "verified" means that the workload is all there and that its issues are gone; "failed" means that it was changed and that this did not help, or not yet.',
    input: {
      action: z.enum(policy.actions as [string, ...string[]]).describe('As planned.') as z.ZodType<
        (typeof policy.actions)[number]
      >,
      kind: z.enum(kinds as [string, ...string[]]).describe('As planned.') as z.ZodType<(typeof kinds)[number]>,
      namespace: namespaceInput,
      name: nameInput('workload or pod').describe('The object, as planned.'),
      replicas: z.number().int().optional().describe('As planned, of scale.'),
      revision: z.number().int().optional().describe('As planned, of rollback, if one was named.'),
      confirmation: z
        .string()
        .regex(/^[0-9a-f]{48}$/, 'No confirmation')
        .describe('What the plan answered.'),
    },
    output: {
      success: z.literal(true),
      outcome: z.enum(OUTCOMES),
      action: z.enum(policy.actions as [string, ...string[]]),
      target: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
      issues: z.array(z.string()).describe('Issue types of before that are still, or again, there.'),
      missing: z.string().optional().describe('What else is not as it should be.'),
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
      if (outcome === 'verified') return `${done}, and it helped: all is there, and the issues of before are gone.`
      const still = [...(issues.length > 0 ? [`still there: ${issues.join(', ')}`] : []), ...(missing ? [missing] : [])]
      return `${done}, but it did not help in time (${still.join('; ')}). Diagnose it again before doing more.`
    },
  })
}
