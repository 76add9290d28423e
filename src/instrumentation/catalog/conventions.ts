// Every name that OpenTelemetry's GenAI conventions v0.1.0 have for MCP, and whether it is emitted: always, by choice, or not.
// Copied on 2026-11-29; names of attributes are those of the core conventions v1.45.0 that the release depends on.

export type Emitted = 'yes' | 'choice' | 'no' | 'not there'

export interface ConventionAttribute {
  readonly key: string
  /** What the release asks. */
  readonly level: 'required' | 'conditionally required' | 'recommended' | 'opt-in'
  readonly spans: Emitted
  readonly metrics: Emitted
  readonly sessions: Emitted
  /** When it is there, which option switches it on, or why it is not emitted. */
  readonly why: string
}

export interface ConventionMetric {
  readonly name: string
  readonly isEmitted: boolean
  readonly why: string
}

type Places = readonly [spans: Emitted, metrics: Emitted, sessions: Emitted]
const EVERYWHERE: Places = ['yes', 'yes', 'yes']
const OPERATIONS: Places = ['yes', 'yes', 'not there']
const CAPTURED: Places = ['choice', 'not there', 'not there']

type Row = readonly [key: string, level: ConventionAttribute['level'], places: Places, why: string]

const ROWS: readonly Row[] = [
  ['mcp.method.name', 'required', OPERATIONS, 'a method of the protocol, else `_OTHER`'],
  [
    'error.type',
    'conditionally required',
    EVERYWHERE,
    'if the operation failed; for a server, a code that is the caller’s fault is no failure',
  ],
  ['rpc.status_code', 'conditionally required', OPERATIONS, 'if the reply is a JSON-RPC error'],
  ['gen_ai.tool.name', 'conditionally required', OPERATIONS, 'on `tools/call`: a tool that was offered, else `_OTHER`'],
  [
    'gen_ai.prompt.name',
    'conditionally required',
    OPERATIONS,
    'on `prompts/get`: a prompt that was offered, else `_OTHER`',
  ],
  ['gen_ai.operation.name', 'recommended', OPERATIONS, '`execute_tool` on `tools/call`'],
  ['mcp.protocol.version', 'recommended', EVERYWHERE, 'once the revision is known'],
  ['network.transport', 'recommended', EVERYWHERE, '`pipe` or `tcp`; sessions have it in addition to the release'],
  ['network.protocol.name', 'recommended', EVERYWHERE, 'over HTTP and WebSocket'],
  [
    'network.protocol.version',
    'recommended',
    EVERYWHERE,
    'where the source of the messages knows it; sessions have it in addition to the release',
  ],
  [
    'jsonrpc.protocol.version',
    'recommended',
    ['yes', 'yes', 'no'],
    'if a message does not say 2.0; a session has messages of any version',
  ],
  ['server.address', 'recommended', EVERYWHERE, 'of a client’s operations and sessions, over HTTP'],
  ['server.port', 'recommended', EVERYWHERE, 'of a client’s operations and sessions, over HTTP'],
  [
    'jsonrpc.request.id',
    'conditionally required',
    ['yes', 'not there', 'not there'],
    'of requests; cut to 128 characters',
  ],
  [
    'mcp.session.id',
    'recommended',
    CAPTURED,
    "`capture: ['session_id']`: who knows the id of a session can use the session",
  ],
  [
    'mcp.resource.uri',
    'conditionally required',
    ['choice', 'no', 'not there'],
    "`capture: ['resource_uri']`: a URI can contain names and secrets. Never on metrics, where the release has it as opt-in: its values have no bound",
  ],
  ['gen_ai.tool.call.arguments', 'opt-in', CAPTURED, "`capture: ['arguments']`"],
  ['gen_ai.tool.call.result', 'opt-in', CAPTURED, "`capture: ['result']`"],
  [
    'gen_ai.prompt.variable',
    'opt-in',
    ['choice', 'no', 'not there'],
    "`capture: ['prompt_variables']`: `gen_ai.prompt.variable.<name>`, at most 32 for each request. Never on metrics: neither names nor values have a bound",
  ],
  [
    'client.address',
    'recommended',
    ['no', 'not there', 'not there'],
    'the address of a person’s machine, or of the nearest proxy. The span of the HTTP request, which is linked, has it if you instrument HTTP; audit records have it for refused credentials',
  ],
  ['client.port', 'recommended', ['no', 'not there', 'not there'], 'only together with `client.address`'],
]

export const CONVENTION_ATTRIBUTES: readonly ConventionAttribute[] = ROWS.map(
  ([key, level, [spans, metrics, sessions], why]) => ({ key, level, spans, metrics, sessions, why }),
)

export const CONVENTION_METRIC_NAMES: readonly ConventionMetric[] = [
  {
    name: 'mcp.server.operation.duration',
    isEmitted: true,
    why: 'every request and notification that a server receives, except `subscriptions/listen`, whose stream is no latency',
  },
  { name: 'mcp.client.operation.duration', isEmitted: true, why: 'every request and notification that is sent' },
  {
    name: 'mcp.server.session.duration',
    isEmitted: true,
    why: 'with buckets up to days instead of 300 s; revision 2026-07-28 has no sessions',
  },
  { name: 'mcp.client.session.duration', isEmitted: true, why: 'the same, as the client sees it' },
  {
    name: 'gen_ai.execute_tool.duration',
    isEmitted: false,
    why: 'describes the tools of an agent; `mcp.server.operation.duration` has the same call with the labels of MCP',
  },
]
