// NetworkPolicies and two ends in, whether one may open a connection to the other out: what their specification says, for the
// selectors and peers that ours use. Anything else in one is an error, so that nothing is passed over.
import type { V1Container } from '@kubernetes/client-node'
import type { Labels } from './kubernetes-objects.ts'
import { matches } from './kubernetes-objects.ts'

interface Selector {
  readonly matchLabels?: Labels
}

interface PolicyPeer {
  readonly podSelector?: Selector
  readonly namespaceSelector?: Selector
  readonly ipBlock?: { readonly cidr: string }
}

interface PolicyPort {
  readonly protocol: string
  readonly port: number | string
}

interface Rule {
  readonly from?: readonly PolicyPeer[]
  readonly to?: readonly PolicyPeer[]
  readonly ports: readonly PolicyPort[]
}

export interface NetworkPolicy {
  readonly kind?: string
  readonly metadata?: { readonly name?: string; readonly namespace?: string }
  readonly spec: {
    readonly podSelector: Selector
    readonly policyTypes: readonly string[]
    readonly ingress?: readonly Rule[]
    readonly egress?: readonly Rule[]
  }
}

/** A pod, or, without a namespace, an address outside the cluster. */
export interface Endpoint {
  readonly name: string
  readonly namespace?: string
  readonly namespaceLabels?: Labels
  readonly labels?: Labels
  readonly containers?: readonly V1Container[]
}

export interface Port {
  readonly protocol: 'TCP' | 'UDP'
  readonly number: number
}

/** Both have to agree: the policies of who calls, and those of who is called. */
export function mayReach(policies: readonly NetworkPolicy[], from: Endpoint, to: Endpoint, port: Port): boolean {
  const lets = (end: Endpoint, other: Endpoint, direction: 'Ingress' | 'Egress') => {
    const own = policies.filter((policy) => isAbout(policy, end) && policy.spec.policyTypes.includes(direction))
    // Whom no policy is about, is free.
    if (own.length === 0) return true
    return own.some(({ metadata, spec }) =>
      (direction === 'Ingress' ? spec.ingress : spec.egress)?.some(
        ({ from: sources, to: targets, ports }) =>
          (sources ?? targets ?? []).some((peer) => isPeer(peer, other, metadata?.namespace)) &&
          ports.some((allowed) => isPort(allowed, to, port)),
      ),
    )
  }
  return lets(from, to, 'Egress') && lets(to, from, 'Ingress')
}

function isAbout({ metadata, spec }: NetworkPolicy, end: Endpoint): boolean {
  return end.namespace === metadata?.namespace && selects(spec.podSelector, end.labels)
}

function isPeer(peer: PolicyPeer, end: Endpoint, namespace: string | undefined): boolean {
  const { podSelector, namespaceSelector, ipBlock, ...rest } = peer
  if (Object.keys(rest).length > 0) throw new Error(`this peer is not understood: ${JSON.stringify(peer)}`)
  if (ipBlock !== undefined) {
    if (!/^(0\.0\.0\.0|::)\/0$/.test(ipBlock.cidr)) throw new Error(`this block is not understood: ${ipBlock.cidr}`)
    // Pods have addresses as well.
    return true
  }
  if (end.namespace === undefined) return false
  const inNamespace =
    namespaceSelector === undefined ? end.namespace === namespace : selects(namespaceSelector, end.namespaceLabels)
  return inNamespace && (podSelector === undefined || selects(podSelector, end.labels))
}

function isPort({ protocol, port }: PolicyPort, to: Endpoint, asked: Port): boolean {
  if (protocol !== asked.protocol) return false
  if (typeof port === 'number') return port === asked.number
  return (to.containers ?? []).some(({ ports = [] }) =>
    ports.some(({ name, containerPort }) => name === port && containerPort === asked.number),
  )
}

function selects(selector: Selector, labels: Labels | undefined): boolean {
  const { matchLabels = {}, ...rest } = selector
  if (Object.keys(rest).length > 0) throw new Error(`this selector is not understood: ${JSON.stringify(selector)}`)
  return matches(labels, matchLabels)
}
