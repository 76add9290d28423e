// Generates the list of issue types that the live page links to, from the rules.
import type { IssueRule } from './issue-rule.ts'
import { ISSUE_THEMES } from './issue-rules.ts'

/** The same entries as docs/issues.md, for browsers: no script, nothing from elsewhere. */
export function issuePage(): string {
  const themes = Object.entries(ISSUE_THEMES)
  return `<!doctype html>
<!-- Written by npm run generate from src/server/kubernetes/diagnosis. -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Issue types · mcp-vitals</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/page.css">
<link rel="stylesheet" href="/page/sections.css">
</head>
<body class="document">
<main>
<h1>Issue types</h1>
<p>What the tools <code>diagnose_pod</code>, <code>diagnose_workload</code> and <code>diagnose_namespace</code> can report. <a href="/">Back to the live page</a></p>
${themes.map(([theme, issues]) => `<h2>${escaped(theme)}</h2>\n${issues.map(section).join('\n')}`).join('\n')}
</main>
</body>
</html>
`
}

function section({ id, title, severity, of, detection, fields, cause, next, explains = [] }: IssueRule): string {
  const facts: [string, string][] = [
    ['Detected', marked(detection)],
    ['Evidence', codes([...new Set(fields)])],
    ['Probable cause', marked(cause)],
    ['Next step', `${marked(next.text)}${next.tool === undefined ? '' : ` (${codes([next.tool])})`}`],
  ]
  if (next.remediation !== undefined) facts.push(['Possible remediation', codes([next.remediation])])
  if (explains.length > 0) facts.push(['Reported instead of', codes(explains)])
  return `<section class="card" id="${escaped(id)}">
<h3>${escaped(id)}</h3>
<p><b>${escaped(title)}</b> · ${severity} · ${escaped(of.join(', '))}</p>
<dl>
${facts.map(([name, text]) => `<dt>${name}</dt><dd>${text}</dd>`).join('\n')}
</dl>
</section>`
}

function codes(names: readonly string[]): string {
  return names.map((name) => `<code>${escaped(name)}</code>`).join(', ')
}

/** Text with \`code\` in it. */
function marked(text: string): string {
  return text
    .split('`')
    .map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part)))
    .join('')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
