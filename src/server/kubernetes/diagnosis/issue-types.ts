// The closed list of issue types. Its ids are the values of the label `issue_type`.

import type { IssueType } from './issue-type.ts'
import { claimIssues } from './issues/claim-issues.ts'
import { containerIssues } from './issues/container-issues.ts'
import { creationIssues } from './issues/creation-issues.ts'
import { evictionIssues } from './issues/eviction-issues.ts'
import { imageIssues } from './issues/image-issues.ts'
import { jobIssues } from './issues/job-issues.ts'
import { memoryIssues } from './issues/memory-issues.ts'
import { nodeIssues } from './issues/node-issues.ts'
import { probeIssues } from './issues/probe-issues.ts'
import { quotaIssues } from './issues/quota-issues.ts'
import { schedulingIssues } from './issues/scheduling-issues.ts'
import { startIssues } from './issues/start-issues.ts'
import { terminationIssues } from './issues/termination-issues.ts'
import { trafficIssues } from './issues/traffic-issues.ts'
import { volumeIssues } from './issues/volume-issues.ts'
import { workloadIssues } from './issues/workload-issues.ts'

/** By theme, in the order in which docs/issues.md has them. */
export const ISSUE_THEMES: Readonly<Record<string, readonly IssueType[]>> = {
  'Containers that end': containerIssues,
  Memory: memoryIssues,
  Images: imageIssues,
  'Containers that cannot be made or started': startIssues,
  Probes: probeIssues,
  Scheduling: schedulingIssues,
  'Pods that were ended': evictionIssues,
  'Volumes and network before the start': volumeIssues,
  'Pods and namespaces that do not go away': terminationIssues,
  'Pods that are never made': creationIssues,
  Workloads: workloadIssues,
  'Jobs and CronJobs': jobIssues,
  Claims: claimIssues,
  'Services, autoscalers and disruption budgets': trafficIssues,
  Quotas: quotaIssues,
  Nodes: nodeIssues,
}

export const ISSUE_TYPES: readonly IssueType[] = Object.values(ISSUE_THEMES).flat()

/** What a pod without a finding is counted under. */
export const NO_ISSUE = 'none'
