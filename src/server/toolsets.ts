// Selects the tools that the server offers, from its configuration and its cluster.
import type { ServeConfig } from './config.ts'
import { createIssueTracker } from './kubernetes/issue-tracker.ts'
import type { OpenedApi } from './kubernetes/open-cluster.ts'
import { readCluster } from './kubernetes/read-cluster.ts'
import { remediationPolicy } from './kubernetes/remediation/permission.ts'
import { createRemediator } from './kubernetes/remediation/remediate.ts'
import { demoTools } from './tools/demo.ts'
import { diagnosisTools } from './tools/diagnosis-tools.ts'
import { helloWorld } from './tools/hello-world.ts'
import { kubernetesTools } from './tools/kubernetes/kubernetes-tools.ts'
import { redactResult } from './tools/kubernetes/redact-result.ts'
import type { ToolCluster } from './tools/kubernetes/tool-cluster.ts'
import { remediationTools } from './tools/remediation/remediation-tools.ts'
import type { Tool } from './tools/tool.ts'

export interface ServedCluster extends ToolCluster {
  /** The cluster itself. */
  readonly api: OpenedApi
  /** Clears the cache of `reads`. */
  readonly forget: () => void
}

type ToolChoice = Pick<ServeConfig, 'demoTools' | 'allowRemediation' | 'protectedNamespaces' | 'deadlineMs'>

/** The part of a call's deadline for verification, so that time remains for the write and the answer. */
const VERIFY_SHARE = 0.7

export function toolsOf(config: ToolChoice, cluster: ServedCluster): readonly Tool[] {
  const { now, api, scope, forget } = cluster
  // Shared by the process, so that an issue found by several clients counts once.
  const tracker = createIssueTracker({ now })
  const remediator = createRemediator({
    api,
    scope,
    now,
    policy: remediationPolicy(config.allowRemediation, config.protectedNamespaces),
    verifyMs: config.deadlineMs * VERIFY_SHARE,
    onChange: forget,
  })
  return [
    helloWorld,
    ...kubernetesTools(cluster),
    ...diagnosisTools(readCluster({ ...cluster, usage: api.usage }), tracker, now).map(redactResult),
    ...remediationTools(remediator).map(redactResult),
    ...(config.demoTools ? demoTools : []),
  ]
}
