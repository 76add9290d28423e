// Defines the commands and options of the program mcp-vitals-server.
import { REMEDIATION_ACTIONS } from 'mcp-vitals'
import type { OptionTable, Program } from 'mcp-vitals/command-line'
import {
  inSeconds,
  isOneOf,
  isSwitch,
  listOf,
  nonEmpty,
  originText,
  portNumber,
  readableFile,
  tokenFile,
} from 'mcp-vitals/command-line'
import { namespaceFrom } from './kubernetes/namespace-name.ts'
import { ALWAYS_PROTECTED, permissionFrom } from './kubernetes/remediation/permission.ts'
import { LIMIT_OPTIONS } from './limit-options.ts'

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
    about: 'Address to listen on. An address other than loopback requires --token-file or --behind-auth-proxy.',
    parse: nonEmpty('address'),
  },
  port: {
    flag: 'port',
    env: 'MCP_VITALS_PORT',
    placeholder: 'port',
    fallback: '3000',
    about: 'Port to listen on; 0 means any free port.',
    parse: portNumber,
  },
  tokenFile: {
    flag: 'token-file',
    env: 'MCP_VITALS_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about:
      'File with bearer tokens, one per line. Clients must send one of them. The file is reloaded when it changes.',
    parse: tokenFile,
  },
  tlsCert: {
    flag: 'tls-cert',
    env: 'MCP_VITALS_TLS_CERT',
    placeholder: 'path',
    fallback: '',
    about: 'PEM file with the certificate and its chain, for HTTPS. The file is reloaded when it changes.',
    parse: readableFile,
  },
  tlsKey: {
    flag: 'tls-key',
    env: 'MCP_VITALS_TLS_KEY',
    placeholder: 'path',
    fallback: '',
    about: 'PEM file with the private key for --tls-cert.',
    parse: readableFile,
  },
  behindAuthProxy: {
    flag: 'behind-auth-proxy',
    env: 'MCP_VITALS_BEHIND_AUTH_PROXY',
    fallback: 'false',
    about: 'Accepts requests without a token, because a proxy in front of the server authenticates them.',
    parse: isSwitch,
  },
  allowedHosts: {
    flag: 'allowed-hosts',
    env: 'MCP_VITALS_ALLOWED_HOSTS',
    placeholder: 'names',
    fallback: '',
    about:
      'Host names to accept in requests, in addition to loopback names and IP addresses. Also applies to /metrics.',
    parse: listOf((name) => name.toLowerCase()),
  },
  allowedOrigins: {
    flag: 'allowed-origins',
    env: 'MCP_VITALS_ALLOWED_ORIGINS',
    placeholder: 'origins',
    fallback: '',
    about: 'Origins of web pages to accept, in addition to loopback origins. Example: https://app.example.com.',
    parse: listOf(originText),
  },
  ...LIMIT_OPTIONS,
  cluster: {
    flag: 'cluster',
    env: 'MCP_VITALS_CLUSTER',
    placeholder: 'simulated|kubeconfig|in-cluster',
    fallback: 'simulated',
    about: 'The Kubernetes cluster that the tools read. A simulated cluster requires nothing else.',
    parse: isOneOf(['simulated', 'kubeconfig', 'in-cluster']),
  },
  kubeconfig: {
    flag: 'kubeconfig',
    env: 'MCP_VITALS_KUBECONFIG',
    placeholder: 'path',
    fallback: '',
    about: 'File for --cluster kubeconfig. By default, the files in KUBECONFIG or ~/.kube/config.',
    parse: (text) => text,
  },
  context: {
    flag: 'context',
    env: 'MCP_VITALS_CONTEXT',
    placeholder: 'name',
    fallback: '',
    about: 'Context of the kubeconfig. By default, its current context.',
    parse: (text) => text,
  },
  namespaces: {
    flag: 'namespaces',
    env: 'MCP_VITALS_NAMESPACES',
    placeholder: 'names',
    fallback: '',
    about: 'Namespaces that the tools can read. By default, all namespaces.',
    parse: listOf(namespaceFrom),
  },
  allowRemediation: {
    flag: 'allow-remediation',
    env: 'MCP_VITALS_ALLOW_REMEDIATION',
    placeholder: 'action@namespace,...',
    fallback: '',
    about: `Changes that the tools can make, as action@namespace. Actions: ${REMEDIATION_ACTIONS.join(', ')}; * means all actions or namespaces. By default, no changes.`,
    parse: listOf(permissionFrom),
  },
  protectedNamespaces: {
    flag: 'protected-namespaces',
    env: 'MCP_VITALS_PROTECTED_NAMESPACES',
    placeholder: 'names',
    fallback: '',
    about: `Namespaces in which the tools never change anything, in addition to ${ALWAYS_PROTECTED.join(', ')}.`,
    parse: listOf(namespaceFrom),
  },
  demoTools: {
    flag: 'demo-tools',
    env: 'MCP_VITALS_DEMO_TOOLS',
    fallback: 'false',
    about: 'Adds a slow tool and a failing tool, to try latency and error panels.',
    parse: isSwitch,
  },
  name: {
    flag: 'name',
    env: 'MCP_VITALS_NAME',
    placeholder: 'name',
    fallback: 'mcp-hello-server',
    about: 'The name of the MCP server, and its service.name unless OTEL_SERVICE_NAME is set.',
    parse: nonEmpty('name'),
  },
  logLevel: {
    flag: 'log-level',
    env: 'MCP_VITALS_LOG_LEVEL',
    placeholder: 'level',
    fallback: 'info',
    about: 'Lowest level to log: trace, debug, info, warn, error, fatal or silent.',
    parse: isOneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  },
} as const satisfies OptionTable

export const EXPORTER_OPTIONS = {
  metricsHost: {
    flag: 'host',
    env: 'MCP_VITALS_EXPORTER_HOST',
    placeholder: 'address',
    fallback: '',
    about: 'Address of /metrics. By default OTEL_EXPORTER_PROMETHEUS_HOST or, if unset, 127.0.0.1.',
    parse: (text) => text,
  },
  metricsPort: {
    flag: 'port',
    env: 'MCP_VITALS_EXPORTER_PORT',
    placeholder: 'port',
    fallback: '',
    about: 'Port of /metrics; 0 means any free port. By default OTEL_EXPORTER_PROMETHEUS_PORT or, if unset, 9465.',
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
    about: 'Longest time between two diagnoses of the cluster. Changes in the cluster also start a diagnosis.',
    parse: inSeconds(1, 3_600),
  },
  allowedHosts: SERVE_OPTIONS.allowedHosts,
  logLevel: SERVE_OPTIONS.logLevel,
} as const satisfies OptionTable

/** Variables with the prefix that the telemetry and the program mcp-vitals read. */
const OTHER_VARIABLES = [
  'MCP_VITALS_METRICS_TOKEN_FILE',
  'MCP_VITALS_METRICS_TLS_CERT',
  'MCP_VITALS_METRICS_TLS_KEY',
  'MCP_VITALS_TRUST_TRACE_CONTEXT',
  'MCP_VITALS_BAGGAGE_HOSTS',
  'MCP_VITALS_AUDIT',
  'MCP_VITALS_AUDIT_FILE',
  'MCP_VITALS_CLIENTS',
  'MCP_VITALS_PAGE',
  'MCP_VITALS_PAGE_TOKEN_FILE',
  'MCP_VITALS_GRAFANA_URL',
  'MCP_VITALS_TRACES_URL',
  'MCP_VITALS_TRAFFIC_URL',
  'MCP_VITALS_TRAFFIC_RATE',
  'MCP_VITALS_TRAFFIC_DURATION',
  'MCP_VITALS_TRAFFIC_CONCURRENCY',
] as const

export const PROGRAM = {
  name: 'mcp-vitals-server',
  commands: {
    serve: { about: 'Runs the MCP server (the default command).', options: SERVE_OPTIONS },
    exporter: {
      about: 'Exposes the pods and open issues of a Kubernetes cluster as metrics.',
      options: EXPORTER_OPTIONS,
    },
  },
  defaultCommand: 'serve',
  moved: { traffic: 'mcp-vitals' },
  variablePrefix: 'MCP_VITALS_',
  otherVariables: OTHER_VARIABLES,
} as const satisfies Program
