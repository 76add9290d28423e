// Generates docs/issues.md from the rules.
import type { IssueRule } from './issue-rule.ts'
import { ISSUE_RULES, ISSUE_THEMES } from './issue-rules.ts'

export function issueReference(): string {
  return `# Issue types

<!-- Written by \`npm run generate\` from src/server/kubernetes/diagnosis. -->

This page lists all issue types that \`diagnose_pod\`, \`diagnose_workload\` and \`diagnose_namespace\` can report. The id is the value
of the label \`issue_type\`. A pod counts under its most severe finding, or under \`none\` if it has no finding. A finding is \`current\`,
or \`recovered\` if the problem is over; a recovered finding is at most a warning. If one issue causes another on the same object and
container, only the causing issue is reported.

Kubernetes keeps failed pods for a long time. Findings of a failed pod become \`recovered\` when its controller has reached its goal:
a ReplicaSet, StatefulSet or DaemonSet has its ready pods, a Job is complete, or a later Job of the CronJob succeeded. They also become
\`recovered\` after 24 hours, unless the Job is still failed. Findings of a failed pod without a controller stay \`current\` until the pod
is deleted.

Evidence consists of facts and the fields that they come from. For init containers, the corresponding \`initContainer…\` fields apply.
Evidence never contains values of environment variables, arguments, annotations, ConfigMaps or Secrets, and never quotes container
output. It can quote messages from Kubernetes: on one line of limited length, without control characters, with credentials masked.

| issue type | severity | object | meaning |
| --- | --- | --- | --- |
${ISSUE_RULES.map(({ id, severity, of, title }) => `| [\`${id}\`](#${id}) | ${severity} | ${of.join(', ')} | ${title} |`).join('\n')}

${Object.entries(ISSUE_THEMES)
  .map(([theme, issues]) => `## ${theme}\n\n${issues.map(section).join('\n')}`)
  .join('\n')}`
}

function section({ id, title, severity, of, detection, fields, cause, next, explains = [] }: IssueRule): string {
  const lines = [
    `**${title}** · ${severity} · ${of.join(', ')}`,
    `- Detected: ${detection}`,
    `- Evidence: ${[...new Set(fields)].map((field) => `\`${field}\``).join(', ')}`,
    `- Probable cause: ${cause}`,
    `- Next step: ${next.text}${next.tool === undefined ? '' : ` (\`${next.tool}\`)`}`,
    ...(next.remediation === undefined ? [] : [`- Possible remediation: \`${next.remediation}\``]),
    ...(explains.length === 0 ? [] : [`- Reported instead of: ${explains.map((other) => `\`${other}\``).join(', ')}`]),
  ]
  const [head, ...rest] = lines
  return `### ${id}\n\n${head}\n\n${rest.join('\n')}\n`
}
