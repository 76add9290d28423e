// A remediator in, a tool for each action that is allowed out: each plans, and changes nothing.
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
      'Plans to replace all pods of a Deployment, StatefulSet or DaemonSet by new ones of the same template, a few at a time unless its strategy says otherwise; the plan tells which. It helps where pods are stuck or read an old configuration; a program that crashes by itself will crash again.',
  },
  scale: {
    name: 'plan_scale',
    title: 'Plan to scale',
    about:
      'Plans to set the number of replicas of a Deployment or StatefulSet that no autoscaler sets; where one does, it can only be woken from 0.',
    input: {
      replicas: z.number().int().min(0).max(MOST_REPLICAS).describe('How many replicas there are to be; 0 stops it.'),
    },
  },
  rollback: {
    name: 'plan_rollback',
    title: 'Plan a rollback',
    about:
      'Plans to take a Deployment back to the template of an earlier revision. It helps where the last release is what broke it: a crash, an image that is not there, a key that is missing. What deploys it (GitOps, a pipeline) may set it forward again.',
    input: {
      revision: z
        .number()
        .int()
        .min(1)
        .optional()
        .describe('The revision to go back to, as get_workload lists them; the one before, if it is left out.'),
    },
  },
  delete_pod: {
    name: 'plan_delete_pod',
    title: 'Plan to delete a pod',
    about:
      'Plans to evict one pod, so that its workload makes another. Disruption budgets are obeyed. A Job counts it as a failure of its own. It helps where one pod of several is bad; on a node that does not report, a pod does not end.',
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
    description: `${about} Nothing is changed yet: the API tries it in a dry run, and the answer says what would change and has a confirmation, which apply_remediation carries out. Show the plan to whoever decides before that. Allowed in: ${policy.placesOf(action)}.`,
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
      effect: z.string().describe('What would happen.'),
      changes: z
        .array(z.object({ path: z.string(), from: z.string().optional(), to: z.string().optional() }))
        .describe('Fields that would change, as the dry run tells. Values that might be secret are left out.'),
      changes_left_out: z.number().int(),
      issues: z.array(z.string()).describe('Issue types that are there now, and have to be gone afterwards.'),
      confirmation: z.string().describe('For apply_remediation: good once, until expires_at, for this very object.'),
      expires_at: z.string().describe('RFC 3339.'),
    },
    // A dry run is admitted by the API, and kept nowhere.
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
        issues.length === 0 ? 'Nothing is wrong with it now.' : `Now: ${issues.join(', ')}.`,
        `Confirmation, until ${expires_at}: ${confirmation}`,
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
