// What an operator allows in, what may be done where out. Nothing is allowed that is not said, and in some namespaces nothing ever.
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

/** The control plane's own: who breaks them cannot mend them from here. */
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
      `"${text}" is no permission (such as restart@shop; actions are ${REMEDIATION_ACTIONS.join(', ')} and *)`,
    )
  }
  if ((ALWAYS_PROTECTED as readonly string[]).includes(namespace)) {
    throw new Error(`"${text}": in ${ALWAYS_PROTECTED.join(', ')} nothing can be allowed`)
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
    if (places.includes('*')) return 'all namespaces but the protected ones'
    return [...new Set(places)].join(', ')
  }
  return {
    actions: REMEDIATION_ACTIONS.filter((action) => placesOf(action).length > 0),
    placesOf: told,
    check(action, namespace) {
      if (closed.has(namespace)) {
        throw new ToolError('refused', `The namespace "${namespace}" is protected: nothing is changed there.`)
      }
      const places = placesOf(action)
      if (places.includes('*') || places.includes(namespace)) return
      const instead = places.length === 0 ? 'nowhere' : `only in ${told(action)}`
      throw new ToolError(
        'refused',
        `The action ${action} is not allowed in namespace "${namespace}"; it is ${instead}. Its operator decides that.`,
      )
    },
  }
}
