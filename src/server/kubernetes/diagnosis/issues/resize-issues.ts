// Finds pods whose resources are to change in place, and do not.
import { text } from '../field.ts'
import { defineIssue } from '../issue-rule.ts'
import { conditionOf } from '../object-view.ts'
import { isYoung } from './patience.ts'

export const resizeIssues = [
  defineIssue({
    id: 'pod_resize_pending',
    title: 'Resources of the pod cannot be changed',
    severity: 'warning',
    of: ['Pod'],
    whileWell: true,
    detection:
      'The condition PodResizePending of a running pod has been true for more than three minutes, or the condition PodResizeInProgress has the reason Error.',
    fields: ['status.conditions[].reason', 'status.conditions[].message'],
    cause: 'The node cannot give the pod the resources that it is to have now. The pod runs with its old ones.',
    next: {
      tool: 'list_nodes',
      text: 'Compare what the pod asks for with the node. Infeasible: no node of this size can give it. Deferred: other pods have to leave first.',
    },
    detect({ raw, phase }, { now }) {
      if (phase !== 'Running') return []
      const pending = conditionOf(raw.status, 'PodResizePending')
      const going = conditionOf(raw.status, 'PodResizeInProgress')
      const failed = going?.status === 'True' && going.reason === 'Error' ? going : undefined
      const its = pending?.status === 'True' ? pending : failed
      if (its === undefined || isYoung({}, now, its)) return []
      const path = `status.conditions[type=${its.type}]`
      return [
        {
          ...(its.reason === 'Infeasible' && {
            cause: 'The node can never give the pod what it asks for. The pod runs with its old resources.',
          }),
          evidence: [
            { field: `${path}.reason`, value: text(its.reason) },
            ...(text(its.message) === '' ? [] : [{ field: `${path}.message`, value: text(its.message) }]),
          ],
        },
      ]
    },
  }),
]
