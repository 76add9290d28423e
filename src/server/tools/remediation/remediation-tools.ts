// Creates the remediation tools, or none if no action is allowed.
import type { Remediator } from '../../kubernetes/remediation/remediate.ts'
import type { Tool } from '../tool.ts'
import { applyRemediation } from './apply-remediation.ts'
import { planTools } from './plan-tools.ts'

export function remediationTools(remediator: Remediator): readonly Tool[] {
  if (remediator.policy.actions.length === 0) return []
  return [...planTools(remediator), applyRemediation(remediator)]
}
