// Writes docs/compatibility.md from the results of the last run of `npm run test:matrix`.
import type { Cell, Group } from './matrix-case.ts'
import type { MatrixResults, ResultRow } from './results.ts'
import { readResults } from './results.ts'

/** The text of docs/compatibility.md. */
export function compatibilityDocument(results: MatrixResults = readResults()): string {
  const { date, platform, packages } = results
  const table = (group: Group, head: string) => tableOf(results.rows, group, head)
  return `# Compatibility

<!-- Written by \`npm run generate\` from test/matrix/results.json, which \`npm run test:matrix\` writes. -->

This page shows which runtimes, MCP SDKs, compilers and bundlers work with mcp-vitals. The results are of ${date}, with version
${packages} on ${platform}. For each cell, \`npm run test:matrix\` installs the packed packages in a new project and runs a small MCP
server. A client then calls a tool with valid arguments, a tool that does not exist, and a tool with invalid arguments.

- **works**: each call is counted once, with the correct status and error type, and the process exits after
  \`telemetry.shutdown()\`. For TypeScript: the file compiles in strict mode.
- **fails**, **not supported**: the number refers to the error below the table.

## Runtimes

In the column \`require\`, a CommonJS file loads the packages. The packages contain only ES modules; supported versions of Node.js can
load them with \`require\`. In the OTLP columns, an ES module pushes metrics and traces. The column \`mcp-vitals/register\` shows
where the [preload](preload.md) prints one line and leaves the server alone.

${table('runtimes', 'runtime')}

## MCP SDKs

v1 is \`@modelcontextprotocol/sdk\`, v2 is \`@modelcontextprotocol/server\`. Each column is one way in which a call ends. v1 1.0
has no \`McpServer\`. Its low-level handlers are judged by their replies, so an error that a handler throws counts as \`internal_error\`.

${table('sdks', 'SDK')}

## TypeScript

Each column is a kind of project and its \`moduleResolution\`. In a CommonJS project, use \`nodenext\` with TypeScript 5.8 or
newer, or \`bundler\`. With \`node16\`, the compiler assumes a Node.js that cannot load ES modules with \`require\`; use
\`await import('mcp-vitals')\` there. \`skipLibCheck\` is on, except in the column without it.

${table('typescript', 'compiler')}

## Bundlers

You need no settings for a CommonJS bundle, or for a bundle that leaves packages in \`node_modules\` (\`--packages=external\` in esbuild,
\`esbuildOptions(options) { options.packages = 'external' }\` in tsup). The other rows are bundles that contain everything. They ran in a
folder without \`node_modules\`.

An ESM bundle that contains CommonJS packages, such as pino, needs a \`require\` function. The **banner** defines it. Do not name the import
\`createRequire\`, because bundled packages import that name.

\`\`\`sh
npx esbuild server.js --bundle --platform=node --format=esm --outfile=server.bundle.mjs \\
  --banner:js="import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);"
\`\`\`

In \`tsup.config.ts\`, set \`noExternal: [/.*/]\` and the same \`banner: { js }\`.

${table('bundlers', 'bundle')}
`
}

function tableOf(all: readonly ResultRow[], group: Group, head: string): string {
  const rows = all.filter((row) => row.group === group)
  const columns = [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))]
  const notes: string[] = []
  const lines = rows.map(({ row, version, cells }) =>
    tableLine([rowName(row, version), ...columns.map((column) => cellText(cells[column], notes))]),
  )
  const numbered = notes.map((note, index) => `${index + 1}. ${note}`)
  const heads = [tableLine([head, ...columns]), tableLine(['---', ...columns.map(() => '---')])]
  return [...heads, ...lines, ...(numbered.length === 0 ? [] : ['', ...numbered])].join('\n')
}

const tableLine = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** The version is left out where the row is named after it. */
function rowName(row: string, version: string): string {
  return version === '' || row.endsWith(version) ? row : `${row} (${version})`
}

/** The cell, with the number of its note. Equal notes of a table share a number. */
function cellText(cell: Cell | undefined, notes: string[]): string {
  if (cell === undefined) return '–'
  const { result, line, note } = cell
  const text = note ?? (line === undefined ? undefined : asCode(line))
  if (text === undefined) return result
  if (!notes.includes(text)) notes.push(text)
  return `${result} (${notes.indexOf(text) + 1})`
}

function asCode(line: string): string {
  return line.includes('`') ? line : `\`${line}\``
}
