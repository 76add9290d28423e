// Runs every third-party server, more than the test does, and writes the results as a table to third-party.md. It installs other
// people's packages and takes about ten minutes: npm exec -- node test/matrix/third-party.ts. With words, such as `sentry`, it runs the
// servers whose names or hooks contain one of them, and only prints.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { packPackages } from '../support/programs/packed-package.ts'
import { FRAMEWORK_SUBJECTS } from '../support/servers/third-party/framework-subjects.ts'
import { HIDDEN_SERVER_SUBJECTS } from '../support/servers/third-party/hidden-server-subjects.ts'
import { MORE_PROGRAM_SUBJECTS } from '../support/servers/third-party/more-program-subjects.ts'
import type { Observation } from '../support/servers/third-party/observe-subject.ts'
import { observeSubject, total } from '../support/servers/third-party/observe-subject.ts'
import { PRELOADED_SUBJECTS } from '../support/servers/third-party/preloaded-subjects.ts'
import { PROGRAM_SUBJECTS } from '../support/servers/third-party/program-subjects.ts'
import { createScratchProjects } from '../support/servers/third-party/scratch-projects.ts'
import { SDK_SUBJECTS } from '../support/servers/third-party/sdk-subjects.ts'
import { killServers } from '../support/servers/third-party/server-process.ts'
import type { Subject } from '../support/servers/third-party/subject.ts'

const words = process.argv.slice(2)
const ALL = [
  ...SDK_SUBJECTS,
  ...FRAMEWORK_SUBJECTS,
  ...HIDDEN_SERVER_SUBJECTS,
  ...PROGRAM_SUBJECTS,
  ...MORE_PROGRAM_SUBJECTS,
  ...PRELOADED_SUBJECTS,
]
const SUBJECTS =
  words.length === 0 ? ALL : ALL.filter(({ name, hook }) => words.some((word) => `${name} ${hook}`.includes(word)))
const TRANSPORTS = ['stdio', 'http'] as const
const RUNS = 5

const HEAD = `
# Third-party servers

Written by \`npm exec -- node test/matrix/third-party.ts\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}. Each server runs as a process with
mcp-vitals while \`/metrics\` is scraped each second over one connection, and without it. A raw JSON-RPC client makes good calls,
invalid calls, calls that fail and calls of an unknown tool. Programs have no network beyond this machine and no browser.

- **calls**: calls that were sent = calls that were counted.
- **error types**: every call has the tool and error type of docs/outcomes.md.
- **same replies**: the replies are those of the server without mcp-vitals.
- **stray**: lines on stdout that are not JSON-RPC (over stdio only; over HTTP, stdout is a log).
- **exit**: median of ${RUNS} in milliseconds, with mcp-vitals and without, from the end of stdin (HTTP: from SIGTERM).

| server | transport | attached by | calls | error types | same replies | stray | exit with | exit without |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
`.trimStart()

const NOTES = `
mcp-framework, mcp-nest and Mastra answer refused arguments with \`isError\`, which is a \`tool_error\` in the outcome table.
"3 of 5": \`trackTool\` sees the calls whose function runs. mcp-lite sends stacks to the client, which have frames of mcp-vitals.

Reported by mcp-vitals on stderr:

`

function rowOf({ name, hook, calls }: Subject, transport: string, observed: Observation): string {
  const { expected, counted, replies, strayLines, exitMs } = observed
  const [sent, seen] = [calls.length, total(counted)]
  const hasSameReplies = JSON.stringify(replies.with) === JSON.stringify(replies.without)
  const cells = [
    name,
    transport,
    `\`${hook}\``,
    sent === seen ? `${sent} = ${seen}` : `**${seen} of ${sent}**`,
    JSON.stringify(expected) === JSON.stringify(counted) ? 'right' : `**${JSON.stringify(counted)}**`,
    hasSameReplies ? 'yes' : '**no**',
    transport === 'stdio' ? String(strayLines.with.length) : '',
    milliseconds(exitMs.with),
    milliseconds(exitMs.without),
  ]
  return `| ${cells.join(' | ')} |`
}

function milliseconds(value: number): string {
  return Number.isFinite(value) ? String(Math.round(value)) : 'stays'
}

const { packages, remove } = await packPackages()
const projects = await createScratchProjects(packages, SUBJECTS)
const rows: string[] = []
const reported = new Set<string>()
try {
  for (const subject of SUBJECTS) {
    for (const transport of TRANSPORTS) {
      if (subject[transport] === undefined) continue
      const folder = projects.get(subject.project)?.folder ?? ''
      const row = await observeSubject(subject, { folder, transport, runs: RUNS }).then(
        (observed) => {
          for (const line of observed.reported) reported.add(`- ${subject.name}: \`${line}\``)
          return rowOf(subject, transport, observed)
        },
        (error: Error) => `| ${subject.name} | ${transport} | **${error.message.split('\n')[0]}** |`,
      )
      console.log(row)
      rows.push(row)
    }
  }
  if (words.length === 0) {
    writeFileSync(
      join(import.meta.dirname, 'third-party.md'),
      `${HEAD}${rows.join('\n')}\n${NOTES}${[...reported].join('\n')}\n`,
    )
  }
} finally {
  killServers()
  remove()
  for (const project of projects.values()) project.remove()
}
