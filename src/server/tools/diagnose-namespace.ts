// A namespace in, what is wrong in it out.
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
      'Says what is wrong in a namespace, the gravest first: all pods, workloads, claims, Services, autoscalers, disruption budgets and quotas, and the nodes that its pods are on. Pods of one owner with the same finding are one entry with a count, so that a large namespace gives a short answer. Reads only, in one list call a kind. The tool to start with when something is wrong and it is not known what; then diagnose_pod or diagnose_workload.',
    input: {
      namespace: namespaceInput,
      min_severity: severity.default('info').describe('Leaves out what is less grave; it is still counted.'),
      limit: z.number().int().min(1).max(50).default(10).describe('How many entries to answer at most.'),
    },
    output: {
      ...diagnosisOutput,
      namespace: z.string(),
      pods: z.number().int().describe('How many pods were looked at.'),
      pods_by_issue_type: z
        .record(z.string(), z.number())
        .describe('How many pods have which issue type as their gravest finding; "none" for healthy ones.'),
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
