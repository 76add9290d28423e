// Defines the tool diagnose_workload.
import { z } from 'zod'
import { diagnoseInTurns } from '../kubernetes/diagnose-in-turns.ts'
import { WORKLOAD_KINDS } from '../kubernetes/owners.ts'
import { snapshotOfWorkload } from '../kubernetes/snapshot-of-workload.ts'
import type { DiagnosisParts } from './diagnosis-parts.ts'
import { diagnosisText } from './diagnosis-text.ts'
import { diagnosisAnswer, diagnosisOutput } from './finding-output.ts'
import { nameInput, namespaceInput } from './object-name.ts'
import { recordPods } from './record-pods.ts'
import type { Tool } from './tool.ts'
import { defineTool } from './tool.ts'

export function diagnoseWorkload({ reader, tracker, now }: DiagnosisParts): Tool {
  return defineTool({
    name: 'diagnose_workload',
    title: 'Diagnose a workload',
    description: `Diagnoses one workload (${WORKLOAD_KINDS.join(', ')}) and returns its problems. Checks the workload, its ReplicaSets or Jobs, its pods, rejected pods (quota, limits, admission), claims, Services, autoscalers and disruption budgets. Pods with the same finding share one entry with a count. Read-only. Use it when a rollout is stuck or a workload has too few pods.`,
    input: {
      namespace: namespaceInput,
      kind: z.enum(WORKLOAD_KINDS).describe('The kind of the workload.'),
      name: nameInput('workload').describe('The name of the workload.'),
      limit: z.number().int().min(1).max(50).default(20).describe('The maximum number of entries to return.'),
    },
    output: {
      ...diagnosisOutput,
      workload: z.object({ kind: z.enum(WORKLOAD_KINDS), namespace: z.string(), name: z.string() }),
      pods_by_issue_type: z
        .record(z.string(), z.number())
        .describe('The number of its pods by the issue type of their most severe finding; "none" for healthy pods.'),
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async run({ namespace, kind, name, limit }, { signal }) {
      const snapshot = await snapshotOfWorkload(reader, kind, namespace, name, { signal })
      const at = now()
      const diagnosis = await diagnoseInTurns(snapshot, at, signal)
      const news = tracker.look(diagnosis)
      return {
        ...diagnosisAnswer(diagnosis, news, { limit, snapshot, now: at }),
        workload: { kind, namespace, name },
        pods_by_issue_type: recordPods(diagnosis),
      }
    },
    text: (answer) =>
      diagnosisText(`${answer.workload.kind} ${answer.workload.namespace}/${answer.workload.name}`, answer),
  })
}
