// Defines the tool diagnose_pod.

import { ToolError } from 'mcp-vitals'
import { z } from 'zod'
import { diagnoseInTurns } from '../kubernetes/diagnose-in-turns.ts'
import { snapshotOfPod } from '../kubernetes/snapshot-of-pod.ts'
import type { DiagnosisParts } from './diagnosis-parts.ts'
import { diagnosisText } from './diagnosis-text.ts'
import { diagnosisAnswer, diagnosisOutput } from './finding-output.ts'
import { nameInput, namespaceInput } from './object-name.ts'
import { recordPods } from './record-pods.ts'
import type { Tool } from './tool.ts'
import { defineTool } from './tool.ts'

const MAX_FINDINGS = 20

export function diagnosePod({ reader, tracker, now }: DiagnosisParts): Tool {
  return defineTool({
    name: 'diagnose_pod',
    title: 'Diagnose a pod',
    description:
      'Diagnoses one pod and returns its problems. Checks its status, events, last container runs, owners, node and claims. Each finding has an issue type from a fixed list, a severity, evidence with source fields, the probable cause and a safe next step. The same state gives the same answer. Read-only. Use it when you know the name of the pod; otherwise, use diagnose_namespace.',
    input: { namespace: namespaceInput, name: nameInput('pod').describe('The name of the pod.') },
    output: {
      ...diagnosisOutput,
      pod: z.object({ namespace: z.string(), name: z.string(), uid: z.string() }),
      issue_type: z.string().describe('The issue type of its most severe finding; "none" for a healthy pod.'),
    },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
    async run({ namespace, name }, { signal }) {
      const snapshot = await snapshotOfPod(reader, namespace, name, { signal })
      const at = now()
      const diagnosis = await diagnoseInTurns(snapshot, at, signal)
      const news = tracker.look(diagnosis)
      const [pod] = diagnosis.pods
      if (pod === undefined)
        throw new ToolError('unavailable', 'The Kubernetes API returned an object that is not a pod.')
      recordPods(diagnosis)
      return {
        ...diagnosisAnswer(diagnosis, news, { limit: MAX_FINDINGS, snapshot, now: at }),
        pod: { namespace: pod.namespace, name: pod.name, uid: pod.uid },
        issue_type: pod.gravest,
      }
    },
    text: (answer) => diagnosisText(`Pod ${answer.pod.namespace}/${answer.pod.name}`, answer),
  })
}
