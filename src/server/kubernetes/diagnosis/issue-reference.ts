// Writes docs/issues.md from the rules.
import type { IssueRule } from './issue-rule.ts'
import { ISSUE_RULES, ISSUE_THEMES } from './issue-rules.ts'

export function issueReference(): string {
  return `# Issue types

<!-- Written by \`npm run generate\` from src/server/kubernetes/diagnosis. -->

What \`diagnose_pod\`, \`diagnose_workload\` and \`diagnose_namespace\` can find: a closed list, each with its rule. An id is the
value of the label \`issue_type\`; a pod is counted under its gravest finding, and under \`none\` if it has none. A finding is
\`current\`, or \`recovered\` if what it tells of is over; a recovered one is a warning at most. Where one issue is the reason of
another on the same object and container, only the reason is reported.

Kubernetes keeps failed pods for a long time. What one shows is \`recovered\` once what controls the pod has all that it wants
(a ReplicaSet, StatefulSet or DaemonSet its ready pods, a Job its completion, or its CronJob a later success), and after 24 hours
unless the Job is still failed. What a failed pod without a controller shows stays \`current\` until the pod is deleted.

Evidence is facts and the fields that they were read from (of init containers, the fields that are called alike). Values of environment variables, arguments, annotations, ConfigMaps
and Secrets are never among them, and output of containers is never quoted. Messages that Kubernetes wrote are, on one line
of bounded length, without control characters and with what looks like a credential masked.

| issue type | severity | of | what |
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
    ...(next.remediation === undefined ? [] : [`- Remediation that may fit: \`${next.remediation}\``]),
    ...(explains.length === 0 ? [] : [`- Reported in place of: ${explains.map((other) => `\`${other}\``).join(', ')}`]),
  ]
  const [head, ...rest] = lines
  return `### ${id}\n\n${head}\n\n${rest.join('\n')}\n`
}
