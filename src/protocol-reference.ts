// Writes docs/protocol.md: every message of the protocol and every name of OpenTelemetry's conventions for it, with what is measured.
import type { ConventionAttribute, ConventionMetric, Emitted } from './instrumentation/catalog/conventions.ts'
import { CONVENTION_ATTRIBUTES, CONVENTION_METRIC_NAMES } from './instrumentation/catalog/conventions.ts'
import type { MetricName } from './instrumentation/catalog/metrics.ts'
import { METRICS } from './instrumentation/catalog/metrics.ts'
import type { Presence, ProtocolMessage } from './instrumentation/catalog/protocol-messages.ts'
import { PROTOCOL_MESSAGES } from './instrumentation/catalog/protocol-messages.ts'
import { seriesName } from './instrumentation/catalog/series.ts'

/** The text of docs/protocol.md. */
export function protocolReference(): string {
  return `# The protocol and the conventions

<!-- Written by \`npm run generate\` from src/instrumentation/catalog/protocol-messages.ts and conventions.ts. -->

This page lists every message of MCP with what is measured of it, and every name that OpenTelemetry's conventions have for MCP with
whether it is emitted. A test sends each message of the first part, in each revision that has it, and compares what is recorded. Another
test compares the attributes of the second part with those on spans and metrics.

## Messages

Each message is one operation with one duration: \`mcp_server_operation_duration_seconds\` for what a client sends, as the server sees it, and
\`mcp_client_operation_duration_seconds\` for what a server sends. An instrumented client records the other one of the two. In addition, each
request of a client counts in \`mcp_client_requests_total\`. The column "in addition" is what a server records beyond that. Methods that
this page does not list count as \`_OTHER\`.

Revisions before 2025-11-25 have a part of its messages. 2026-07-28 moved tasks to an extension, and asks the user within the result of
a request instead of by a request of the server.

### Requests of the client

${messageTable('request', 'client')}

### Requests of the server

${messageTable('request', 'server')}

### Notifications of the client

${messageTable('notification', 'client')}

### Notifications of the server

${messageTable('notification', 'server')}

## Names of the conventions

The names are those of OpenTelemetry's GenAI conventions v0.1.0, on the core conventions v1.45.0. The columns say where a name is emitted:
on the spans of operations, on their metrics, and on the metrics of sessions. "By choice" means that an option of
\`instrumentMcpServer\` or \`instrumentMcpClient\` switches it on; "–" means that the release does not have it there.

| attribute | level | spans | metrics | sessions | when, or why not |
| --- | --- | --- | --- | --- | --- |
${CONVENTION_ATTRIBUTES.map(attributeRow).join('\n')}

| metric | emitted | what, or why not |
| --- | --- | --- |
${CONVENTION_METRIC_NAMES.map(metricRow).join('\n')}

The release's other names describe calls to models and agents. An MCP server makes none, so none of them is emitted.
`
}

function messageTable(kind: ProtocolMessage['kind'], from: ProtocolMessage['from']): string {
  const rows = PROTOCOL_MESSAGES.filter((message) => message.kind === kind && message.from === from).map(
    ({ method, in: { '2025-11-25': old, '2026-07-28': current }, records, note }) =>
      `| \`${method}\` | ${presence(old)} | ${presence(current)} | ${records.map(series).join(', ')} | ${note} |`,
  )
  return `| method | 2025-11-25 | 2026-07-28 | in addition | when |\n| --- | --- | --- | --- | --- |\n${rows.join('\n')}`
}

function presence(given: Presence | undefined): string {
  return given === undefined ? '–' : given === 'core' ? 'yes' : given
}

function series(name: string): string {
  const { name: metric, unit, kind } = METRICS[name as MetricName]
  return `\`${seriesName(metric, unit, kind)}\``
}

const EMITTED: Readonly<Record<Emitted, string>> = { yes: 'yes', choice: 'by choice', no: 'no', 'not there': '–' }

function attributeRow({ key, level, spans, metrics, sessions, why }: ConventionAttribute): string {
  return `| \`${key}\` | ${level} | ${EMITTED[spans]} | ${EMITTED[metrics]} | ${EMITTED[sessions]} | ${why} |`
}

function metricRow({ name, isEmitted, why }: ConventionMetric): string {
  return `| \`${name}\` | ${isEmitted ? 'yes' : 'no'} | ${why} |`
}
