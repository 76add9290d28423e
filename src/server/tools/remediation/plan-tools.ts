// Defines one plan tool for each allowed action. A plan tool changes nothing.
import type { RemediationAction, RemediationOutcome } from 'mcp-vitals'
import { z } from 'zod'
import type { RemediationRequest } from '../../kubernetes/remediation/plan.ts'
import { TARGET_KINDS } from '../../kubernetes/remediation/prepare-change.ts'
import type { Remediator } from '../../kubernetes/remediation/remediate.ts'
import { nameInput, namespaceInput } from '../object-name.ts'
import type { Tool } from '../tool.ts'
import { defineTool } from '../tool.ts'

const MOST_REPLICAS = 1_000
const PLANNED = 'planned' as const satisfies RemediationOutcome

interface PlanTool {
  readonly name: `plan_${string}`
  readonly title: string
  /** What the action does, and when it helps. */
  readonly about: string
  readonly input?: Readonly<Record<string, z.ZodType>>
}

const PLAN_TOOLS: Readonly<Record<RemediationAction, PlanTool>> = {
  restart: {
    name: 'plan_restart',
    title: 'Plan a restart',
    about:
      'Plans to replace all pods of a Deployment, StatefulSet or DaemonSet with new pods from the same template; the plan shows the strategy. Helps if pods are stuck or use an old configuration, but not if the program itself crashes.',
  },
  scale: {
    name: 'plan_scale',
    title: 'Plan to scale',
    about:
      'Plans to set the number of replicas of a Deployment or StatefulSet. If an autoscaler sets the number, the tool can only scale up from 0.',
    input: {
      replicas: z
        .number()
        .int()
        .min(0)
        .max(MOST_REPLICAS)
        .describe('The new number of replicas; 0 stops the workload.'),
    },
  },
  rollback: {
    name: 'plan_rollback',
    title: 'Plan a rollback',
    about:
      'Plans to roll a Deployment back to the template of an earlier revision. Helps if the last release broke it: a crash, a missing image, a missing key. The deployment system (GitOps, a pipeline) may apply the new release again.',
    input: {
      revision: z
        .number()
        .int()
        .min(1)
        .optional()
        .describe('The revision to roll back to, from get_workload; default: the previous revision.'),
    },
  },
  delete_pod: {
    name: 'plan_delete_pod',
    title: 'Plan to delete a pod',
    about:
      'Plans to evict one pod, so that its workload creates another. Respects disruption budgets. A Job counts the eviction as a failure. Helps if one pod of several has a problem, but not on a node that does not report.',
  },
}

export function planTools(remediator: Remediator): readonly Tool[] {
  return remediator.policy.actions.map((action) => planTool(action, remediator))
}

function planTool(action: RemediationAction, { plan, policy }: Remediator): Tool {
  const { name, title, about, input = {} } = PLAN_TOOLS[action]
  const kinds = TARGET_KINDS[action]
  return defineTool({
    name,
    title,
    description: `${about} Changes nothing yet: the API performs a dry run, and the answer has the changes and a confirmation for apply_remediation. Show the plan to the person who decides. Allowed in: ${policy.placesOf(action)}.`,
    input: {
      namespace: namespaceInput,
      ...(kinds.length > 1 && { kind: z.enum(kinds).describe('The kind of the workload.') }),
      name: nameInput(kinds.length > 1 ? 'workload' : kinds[0]).describe(
        kinds.length > 1 ? 'The name of the workload.' : `The name of the ${kinds[0]}.`,
      ),
      ...input,
    } as { namespace: typeof namespaceInput; name: ReturnType<typeof nameInput> },
    output: {
      success: z.literal(true),
      outcome: z.literal(PLANNED),
      action: z.literal(action),
      target: z.object({ kind: z.string(), namespace: z.string(), name: z.string() }),
      effect: z.string().describe('The effect of the change.'),
      changes: z
        .array(z.object({ path: z.string(), from: z.string().optional(), to: z.string().optional() }))
        .describe('Fields that would change, from the dry run. Values that may be secret are omitted.'),
      changes_left_out: z.number().int(),
      issues: z.array(z.string()).describe('Issue types that are present now and must be gone after the change.'),
      confirmation: z.string().describe('For apply_remediation: valid once, until expires_at, for this object only.'),
      expires_at: z.string().describe('RFC 3339.'),
    },
    // The API checks a dry run but stores nothing.
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async run(given, { signal }) {
      const { namespace, name: target, kind = kinds[0], replicas, revision } = given as PlanInput
      const request: RemediationRequest = { action, target: { kind, namespace, name: target }, replicas, revision }
      const { effect, differences, issues, confirmation, expiresAt } = await plan(request, signal)
      return {
        success: true as const,
        outcome: PLANNED,
        action,
        target: request.target,
        effect,
        changes: [...differences.shown],
        changes_left_out: differences.leftOut,
        issues: [...issues],
        confirmation,
        expires_at: new Date(expiresAt).toISOString(),
      }
    },
    text({ effect, changes, changes_left_out, issues, confirmation, expires_at }) {
      return [
        `Planned, nothing is changed yet: ${effect}`,
        ...changes.map(({ path, from, to }) =>
          from === undefined && to === undefined
            ? `  ${path} changes`
            : `  ${path}: ${from ?? '(none)'} -> ${to ?? '(none)'}`,
        ),
        ...(changes_left_out > 0 ? [`  and ${changes_left_out} more`] : []),
        issues.length === 0 ? 'No issues now.' : `Issues now: ${issues.join(', ')}.`,
        `Confirmation, valid until ${expires_at}: ${confirmation}`,
      ].join('\n')
    },
  })
}

interface PlanInput {
  readonly namespace: string
  readonly name: string
  readonly kind?: RemediationRequest['target']['kind']
  readonly replicas?: number
  readonly revision?: number
}
