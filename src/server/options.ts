// The program's options as data: a flag, its variable, its default, how its text becomes a value. Reading the command
// line and the environment, `--help` and the reference table all derive from this.

import {
  inSeconds,
  isOneOf,
  isSwitch,
  listOf,
  namespaceName,
  nonEmpty,
  numberFrom,
  originText,
  portNumber,
  tokensIn,
  urlText,
  wholeFrom,
} from '../command-line/option-values.ts'
import { REMEDIATIONS } from './kubernetes/diagnosis/finding.ts'
import { ALWAYS_PROTECTED, permissionFrom } from './kubernetes/remediation/permission.ts'

export interface Option<T> {
  /** Without the dashes. */
  readonly flag: string
  readonly env: `MCP_VITALS_${string}`
  /** What stands for the value in `--help`; a switch has none. */
  readonly placeholder?: string
  /** The default as one would write it; empty means none. */
  readonly fallback: string
  readonly about: string
  /** Throws an `Error` whose message completes the sentence "--flag: …". */
  readonly parse: (text: string) => T
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>
export type OptionValues<O extends OptionTable> = {
  readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never
}

export const SERVE_OPTIONS = {
  transport: {
    flag: 'transport',
    env: 'MCP_VITALS_TRANSPORT',
    placeholder: 'http|stdio',
    fallback: 'http',
    about: 'How MCP clients connect.',
    parse: isOneOf(['http', 'stdio']),
  },
  host: {
    flag: 'host',
    env: 'MCP_VITALS_HOST',
    placeholder: 'address',
    fallback: '127.0.0.1',
    about: 'Address to listen on. Anything but loopback needs --token-file or --behind-auth-proxy.',
    parse: nonEmpty('address'),
  },
  port: {
    flag: 'port',
    env: 'MCP_VITALS_PORT',
    placeholder: 'port',
    fallback: '3000',
    about: 'Port to listen on; 0 means any free one.',
    parse: portNumber,
  },
  tokens: {
    flag: 'token-file',
    env: 'MCP_VITALS_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File of bearer tokens, one a line; clients must send one of them.',
    parse: tokensIn,
  },
  behindAuthProxy: {
    flag: 'behind-auth-proxy',
    env: 'MCP_VITALS_BEHIND_AUTH_PROXY',
    fallback: 'false',
    about: 'Says that something in front authenticates, so that no token is asked for.',
    parse: isSwitch,
  },
  allowedHosts: {
    flag: 'allowed-hosts',
    env: 'MCP_VITALS_ALLOWED_HOSTS',
    placeholder: 'names',
    fallback: '',
    about: 'Host names that requests may be sent to, besides loopback names and IP addresses (also of /metrics).',
    parse: listOf((name) => name.toLowerCase()),
  },
  allowedOrigins: {
    flag: 'allowed-origins',
    env: 'MCP_VITALS_ALLOWED_ORIGINS',
    placeholder: 'origins',
    fallback: '',
    about: 'Origins of web pages that may call, besides pages from loopback (such as https://app.example.com).',
    parse: listOf(originText),
  },
  deadlineMs: {
    flag: 'deadline',
    env: 'MCP_VITALS_DEADLINE',
    placeholder: 'seconds',
    fallback: '60',
    about: 'After this a tool call is aborted and answered with an error.',
    parse: inSeconds(0.001, 86_400),
  },
  concurrency: {
    flag: 'concurrency',
    env: 'MCP_VITALS_CONCURRENCY',
    placeholder: 'calls',
    fallback: '64',
    about: 'Tool calls that run at once; more wait.',
    parse: wholeFrom(1),
  },
  maxQueue: {
    flag: 'max-queue',
    env: 'MCP_VITALS_MAX_QUEUE',
    placeholder: 'calls',
    fallback: '1000',
    about: 'Tool calls that wait at once; more are refused.',
    parse: wholeFrom(0),
  },
  rateLimit: {
    flag: 'rate-limit',
    env: 'MCP_VITALS_RATE_LIMIT',
    placeholder: 'per second',
    fallback: '1000',
    about: 'Messages a second that one token may send, with bursts of twice that; 0 means no limit.',
    parse: numberFrom(0),
  },
  maxSessions: {
    flag: 'max-sessions',
    env: 'MCP_VITALS_MAX_SESSIONS',
    placeholder: 'sessions',
    fallback: '500',
    about: 'Sessions that are open at once; more are refused.',
    parse: wholeFrom(1),
  },
  sessionTtlMs: {
    flag: 'session-ttl',
    env: 'MCP_VITALS_SESSION_TTL',
    placeholder: 'seconds',
    fallback: '900',
    about: 'A session with no request for this long is closed.',
    parse: inSeconds(0.001, 86_400),
  },
  cluster: {
    flag: 'cluster',
    env: 'MCP_VITALS_CLUSTER',
    placeholder: 'simulated|kubeconfig|in-cluster',
    fallback: 'simulated',
    about: 'The Kubernetes cluster that the tools look at; a simulated one needs nothing else.',
    parse: isOneOf(['simulated', 'kubeconfig', 'in-cluster']),
  },
  kubeconfig: {
    flag: 'kubeconfig',
    env: 'MCP_VITALS_KUBECONFIG',
    placeholder: 'path',
    fallback: '',
    about: 'File for --cluster kubeconfig, instead of those that KUBECONFIG names and of ~/.kube/config.',
    parse: (text) => text,
  },
  context: {
    flag: 'context',
    env: 'MCP_VITALS_CONTEXT',
    placeholder: 'name',
    fallback: '',
    about: 'Context of the kubeconfig, instead of its current one.',
    parse: (text) => text,
  },
  namespaces: {
    flag: 'namespaces',
    env: 'MCP_VITALS_NAMESPACES',
    placeholder: 'names',
    fallback: '',
    about: 'Namespaces that the tools may look at; all if none is named.',
    parse: listOf(namespaceName),
  },
  allowRemediation: {
    flag: 'allow-remediation',
    env: 'MCP_VITALS_ALLOW_REMEDIATION',
    placeholder: 'action@namespace,...',
    fallback: '',
    about: `What the tools may change, and where: ${REMEDIATIONS.join(', ')}, each @ a namespace, * for all of either. Nothing, if none is named.`,
    parse: listOf(permissionFrom),
  },
  protectedNamespaces: {
    flag: 'protected-namespaces',
    env: 'MCP_VITALS_PROTECTED_NAMESPACES',
    placeholder: 'names',
    fallback: '',
    about: `Namespaces in which nothing is changed whatever is allowed, besides ${ALWAYS_PROTECTED.join(', ')}.`,
    parse: listOf(namespaceName),
  },
  demoTools: {
    flag: 'demo-tools',
    env: 'MCP_VITALS_DEMO_TOOLS',
    fallback: 'false',
    about: 'Adds a slow and a failing tool, to see latency and errors with.',
    parse: isSwitch,
  },
  name: {
    flag: 'name',
    env: 'MCP_VITALS_NAME',
    placeholder: 'name',
    fallback: 'mcp-hello-server',
    about: "The MCP server's name, and service.name unless OTEL_SERVICE_NAME says another.",
    parse: nonEmpty('name'),
  },
  logLevel: {
    flag: 'log-level',
    env: 'MCP_VITALS_LOG_LEVEL',
    placeholder: 'level',
    fallback: 'info',
    about: 'Lowest level that is logged: trace, debug, info, warn, error, fatal or silent.',
    parse: isOneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
} as const satisfies OptionTable

export const TRAFFIC_OPTIONS = {
  url: {
    flag: 'url',
    env: 'MCP_VITALS_TRAFFIC_URL',
    placeholder: 'url',
    fallback: 'http://127.0.0.1:3000/mcp',
    about: 'The MCP server to call, over Streamable HTTP.',
    parse: urlText,
  },
  rate: {
    flag: 'rate',
    env: 'MCP_VITALS_TRAFFIC_RATE',
    placeholder: 'per second',
    fallback: '10',
    about: 'Calls to start a second.',
    parse: numberFrom(0.01),
  },
  durationMs: {
    flag: 'duration',
    env: 'MCP_VITALS_TRAFFIC_DURATION',
    placeholder: 'seconds',
    fallback: '0',
    about: 'Stops after this; 0 means on Ctrl-C.',
    parse: inSeconds(0, 30 * 86_400),
  },
  concurrency: {
    flag: 'concurrency',
    env: 'MCP_VITALS_TRAFFIC_CONCURRENCY',
    placeholder: 'calls',
    fallback: '16',
    about: 'Calls under way at once; when that many are, none is started.',
    parse: wholeFrom(1),
  },
  tokens: {
    flag: 'token-file',
    env: 'MCP_VITALS_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File with the bearer token to send (its first line with one).',
    parse: tokensIn,
  },
} as const satisfies OptionTable

export const EXPORTER_OPTIONS = {
  metricsHost: {
    flag: 'host',
    env: 'MCP_VITALS_EXPORTER_HOST',
    placeholder: 'address',
    fallback: '',
    about: 'Address of /metrics; without it OTEL_EXPORTER_PROMETHEUS_HOST says it, else it is 127.0.0.1.',
    parse: (text) => text,
  },
  metricsPort: {
    flag: 'port',
    env: 'MCP_VITALS_EXPORTER_PORT',
    placeholder: 'port',
    fallback: '',
    about: 'Port of /metrics; without it OTEL_EXPORTER_PROMETHEUS_PORT says it, else it is 9465; 0 means any free one.',
    parse: (text) => (text === '' ? undefined : portNumber(text)),
  },
  cluster: SERVE_OPTIONS.cluster,
  kubeconfig: SERVE_OPTIONS.kubeconfig,
  context: SERVE_OPTIONS.context,
  namespaces: SERVE_OPTIONS.namespaces,
  intervalMs: {
    flag: 'interval',
    env: 'MCP_VITALS_EXPORTER_INTERVAL',
    placeholder: 'seconds',
    fallback: '15',
    about: 'The cluster is judged when it has changed, and at the latest after this: some issues are a matter of time.',
    parse: inSeconds(1, 3_600),
  },
  allowedHosts: SERVE_OPTIONS.allowedHosts,
  logLevel: SERVE_OPTIONS.logLevel,
} as const satisfies OptionTable

/** Each command, what it does, and its options. */
export const COMMANDS = {
  serve: { about: 'Runs the MCP server (what happens without a command).', options: SERVE_OPTIONS },
  exporter: { about: 'Tells the pods and open issues of a Kubernetes cluster as metrics.', options: EXPORTER_OPTIONS },
  traffic: { about: 'Calls a running MCP server, to fill its dashboards.', options: TRAFFIC_OPTIONS },
} as const satisfies Record<string, { about: string; options: OptionTable }>

export type CommandName = keyof typeof COMMANDS
