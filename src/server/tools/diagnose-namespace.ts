// Defines the tool diagnose_namespace.
import { z } from 'zod'
import { diagnoseInTurns } from '../kubernetes/diagnose-in-turns.ts'
import { snapshotOfNamespace } from '../kubernetes/snapshot-of-namespace.ts'
import type { DiagnosisParts } from './diagnosis-parts.ts'
import { diagnosisText } from './diagnosis-text.ts'
import { diagnosisAnswer, diagnosisOutput, severity } from './finding-output.ts'
import { namespaceInput } from './object-name.ts'
import { recordPods } from './record-pods.ts'
import type { Tool } from './tool.ts'
import { defineTool } from './tool.ts'

export function diagnoseNamespace({ reader, tracker, now }: DiagnosisParts): Tool {
  return defineTool({
    name: 'diagnose_namespace',
    title: 'Diagnose a namespace',
    description:
      'Diagnoses a namespace and returns its problems, the most severe first. Checks pods, workloads, claims, Services, autoscalers, disruption budgets, quotas, and the nodes of its pods. Pods of one owner with the same finding share one entry with a count. Read-only. Use it when you do not know which object has the problem; then call diagnose_pod or diagnose_workload for details.',
    input: {
      namespace: namespaceInput,
      min_severity: severity
        .default('info')
        .describe('Omits less severe findings; they still count in findings_by_severity.'),
      limit: z.number().int().min(1).max(50).default(10).describe('The maximum number of entries to return.'),
    },
    output: {
      ...diagnosisOutput,
      namespace: z.string(),
      pods: z.number().int().describe('The number of diagnosed pods.'),
      pods_by_issue_type: z
        .record(z.string(), z.number())
        .describe('The number of pods by the issue type of their most severe finding; "none" for healthy pods.'),
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async run({ namespace, min_severity: atLeast, limit }, { signal }) {
      const snapshot = await snapshotOfNamespace(reader, namespace, { signal })
      const at = now()
      const diagnosis = await diagnoseInTurns(snapshot, at, signal)
      const news = tracker.look(diagnosis, { wholeNamespace: namespace })
      return {
        ...diagnosisAnswer(diagnosis, news, { limit, atLeast, snapshot, now: at }),
        namespace,
        pods: diagnosis.pods.length,
        pods_by_issue_type: recordPods(diagnosis),
      }
    },
    text: (answer) => diagnosisText(`Namespace ${answer.namespace}, ${answer.pods} pods`, answer),
  })
}
