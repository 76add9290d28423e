// Decides which actions are allowed in which namespaces. By default nothing is allowed, and some namespaces are always
// protected.
import type { RemediationAction } from 'mcp-vitals'
import { REMEDIATION_ACTIONS, ToolError } from 'mcp-vitals'
import { NAMESPACE_NAME } from '../namespace-name.ts'

/** One permission: an action in a namespace, `*` for all of either. */
export interface Permission {
  readonly action: RemediationAction | '*'
  readonly namespace: string
}

export interface RemediationPolicy {
  /** Actions that are allowed in one namespace at least. */
  readonly actions: readonly RemediationAction[]
  /** Where an action is allowed, for a person. */
  placesOf(action: RemediationAction): string
  /** @throws {ToolError} `refused` if the action is not allowed there. */
  check(action: RemediationAction, namespace: string): void
}

/** Namespaces of the control plane: a mistake there cannot be fixed from here. */
export const ALWAYS_PROTECTED = ['kube-system', 'kube-public', 'kube-node-lease'] as const

/**
 * Text such as `restart@shop` in, a permission out.
 *
 * @throws {Error} whose message completes the sentence that begins with the option's name.
 */
export function permissionFrom(text: string): Permission {
  const [action = '', namespace = '', ...rest] = text.split('@')
  const known = ['*', ...REMEDIATION_ACTIONS].find((one) => one === action) as Permission['action'] | undefined
  if (known === undefined || rest.length > 0 || (namespace !== '*' && !NAMESPACE_NAME.test(namespace))) {
    throw new Error(
      `"${text}" is not a permission (example: restart@shop; actions: ${REMEDIATION_ACTIONS.join(', ')} and *)`,
    )
  }
  if ((ALWAYS_PROTECTED as readonly string[]).includes(namespace)) {
    throw new Error(`"${text}": changes in ${ALWAYS_PROTECTED.join(', ')} cannot be allowed`)
  }
  return { action: known, namespace }
}

/** @param protectedNamespaces besides those that always are; a permission for all namespaces does not reach them. */
export function remediationPolicy(
  permissions: readonly Permission[],
  protectedNamespaces: readonly string[] = [],
): RemediationPolicy {
  const closed = new Set<string>([...ALWAYS_PROTECTED, ...protectedNamespaces])
  const placesOf = (action: RemediationAction) =>
    permissions.filter((one) => one.action === '*' || one.action === action).map(({ namespace }) => namespace)
  const told = (action: RemediationAction) => {
    const places = placesOf(action)
    if (places.includes('*')) return 'all namespaces except the protected ones'
    return [...new Set(places)].join(', ')
  }
  return {
    actions: REMEDIATION_ACTIONS.filter((action) => placesOf(action).length > 0),
    placesOf: told,
    check(action, namespace) {
      if (closed.has(namespace)) {
        throw new ToolError('refused', `The namespace "${namespace}" is protected: changes are not allowed there.`)
      }
      const places = placesOf(action)
      if (places.includes('*') || places.includes(namespace)) return
      const instead = places.length === 0 ? 'nowhere' : `only in ${told(action)}`
      throw new ToolError(
        'refused',
        `The action ${action} is not allowed in namespace "${namespace}"; it is allowed ${instead}. The operator of the server decides this.`,
      )
    },
  }
}
