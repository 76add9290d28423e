// Lists the rules of all issue types.
import type { IssueRule } from './issue-rule.ts'
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
import { resizeIssues } from './issues/resize-issues.ts'
import { schedulingIssues } from './issues/scheduling-issues.ts'
import { startIssues } from './issues/start-issues.ts'
import { terminationIssues } from './issues/termination-issues.ts'
import { trafficIssues } from './issues/traffic-issues.ts'
import { volumeIssues } from './issues/volume-issues.ts'
import { workloadIssues } from './issues/workload-issues.ts'

/** By theme, in the order in which docs/issues.md has them. */
export const ISSUE_THEMES: Readonly<Record<string, readonly IssueRule[]>> = {
  'Container exits': containerIssues,
  Memory: memoryIssues,
  Images: imageIssues,
  'Container creation and start': startIssues,
  Probes: probeIssues,
  Scheduling: schedulingIssues,
  'Resizing in place': resizeIssues,
  'Evictions and other ended pods': evictionIssues,
  'Volumes and network at pod start': volumeIssues,
  'Stuck deletions': terminationIssues,
  'Rejected pod creation': creationIssues,
  Workloads: workloadIssues,
  'Jobs and CronJobs': jobIssues,
  Claims: claimIssues,
  'Services, autoscalers and disruption budgets': trafficIssues,
  Quotas: quotaIssues,
  Nodes: nodeIssues,
}

export const ISSUE_RULES: readonly IssueRule[] = Object.values(ISSUE_THEMES).flat()
