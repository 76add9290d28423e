// Turns the next step of a finding into a tool call with arguments, and into a kubectl command.
import type { NextCall, NextStep, ObjectRef } from './finding.ts'

interface Subject {
  readonly object: ObjectRef
  readonly owner?: string
  readonly container?: string
  /** Whether the container has an earlier run whose log says how it ended. */
  readonly previous: boolean
}

/** What the API takes for a name. Names of other shapes, which it never has, are put into no command. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
const LISTED = ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']

type Made = NextCall | undefined

export function nextCall({ tool }: NextStep, subject: Subject): Made {
  const { object, container } = subject
  const names = [object.name, ...(object.namespace === '' ? [] : [object.namespace]), ...(container ? [container] : [])]
  if (tool === undefined || !names.every((name) => NAME.test(name))) return undefined
  return MAKERS[tool]?.(subject)
}

const MAKERS: Readonly<Record<string, (subject: Subject) => Made>> = {
  get_logs: ({ object, container, previous }) => ({
    arguments: {
      namespace: object.namespace,
      pod: object.name,
      ...(container !== undefined && { container }),
      ...(previous && { previous }),
    },
    kubectl: command('logs', object, [container && `-c ${container}`, previous && '--previous', '--tail=100']),
  }),
  get_pod: ({ object }) => ofPod(object),
  get_workload: ({ object, owner }) => ofWorkload(object, owner, 'describe'),
  diagnose_workload: ({ object, owner }) => ofWorkload(object, owner, 'describe'),
  list_events: ({ object }) => ({
    arguments: {
      ...(object.namespace !== '' && { namespace: object.namespace }),
      object_kind: object.kind,
      object_name: object.name,
    },
    kubectl: `kubectl events${inNamespace(object)} --for ${object.kind.toLowerCase()}/${object.name}`,
  }),
  list_nodes: () => ({ arguments: {}, kubectl: 'kubectl get nodes -o wide' }),
  list_pods: ({ object }) =>
    object.namespace === ''
      ? { arguments: {}, kubectl: `kubectl get pods -A -o wide --field-selector spec.nodeName=${object.name}` }
      : listed(object, 'pods'),
  list_workloads: ({ object }) => listed(object, 'deployments,statefulsets,daemonsets,jobs,cronjobs'),
  diagnose_namespace: ({ object }) => {
    const namespace = object.kind === 'Namespace' ? object.name : object.namespace
    return { arguments: { namespace }, kubectl: `kubectl -n ${namespace} get all,pvc,events` }
  },
}

function ofPod(object: ObjectRef): Made {
  if (object.kind !== 'Pod') return undefined
  return { arguments: { namespace: object.namespace, name: object.name }, kubectl: command('describe pod', object, []) }
}

/** The workload itself, or what owns the object, if the tools know its kind. */
function ofWorkload(object: ObjectRef, owner: string | undefined, verb: string): Made {
  const [kind = '', name = ''] = LISTED.includes(object.kind) ? [object.kind, object.name] : (owner ?? '').split('/')
  if (LISTED.includes(kind) && NAME.test(name)) {
    return {
      arguments: { kind, namespace: object.namespace, name },
      kubectl: command(`${verb} ${kind.toLowerCase()}`, { ...object, name }, []),
    }
  }
  return { kubectl: command(`${verb} ${object.kind.toLowerCase()}`, object, []) }
}

function listed(object: ObjectRef, kinds: string): Made {
  return { arguments: { namespace: object.namespace }, kubectl: `kubectl${inNamespace(object)} get ${kinds}` }
}

function command(verb: string, object: ObjectRef, flags: readonly (string | false | undefined)[]): string {
  return [`kubectl${inNamespace(object)} ${verb} ${object.name}`, ...flags.filter(Boolean)].join(' ')
}

function inNamespace({ namespace }: ObjectRef): string {
  return namespace === '' ? '' : ` -n ${namespace}`
}
