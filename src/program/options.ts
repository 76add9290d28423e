// Defines the commands and options of the program mcp-vitals.
import type { OptionTable, Program } from '../command-line/option.ts'
import {
  inSeconds,
  isSwitch,
  numberFrom,
  portNumber,
  tokensIn,
  urlText,
  wholeFrom,
} from '../command-line/option-values.ts'

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
    about: 'Calls to start per second.',
    parse: numberFrom(0.01),
  },
  durationMs: {
    flag: 'duration',
    env: 'MCP_VITALS_TRAFFIC_DURATION',
    placeholder: 'seconds',
    fallback: '0',
    about: 'Stops after this time; 0 means until Ctrl-C.',
    parse: inSeconds(0, 30 * 86_400),
  },
  concurrency: {
    flag: 'concurrency',
    env: 'MCP_VITALS_TRAFFIC_CONCURRENCY',
    placeholder: 'calls',
    fallback: '16',
    about: 'Maximum number of calls in progress; at this number, no further call starts.',
    parse: wholeFrom(1),
  },
  tokens: {
    flag: 'token-file',
    env: 'MCP_VITALS_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File with the bearer token to send; the first token is used.',
    parse: tokensIn,
  },
} as const satisfies OptionTable

export const WRAP_OPTIONS = {
  serviceName: {
    flag: 'service-name',
    env: 'MCP_VITALS_WRAP_SERVICE_NAME',
    placeholder: 'name',
    fallback: '',
    about:
      'The service.name of the server. By default OTEL_SERVICE_NAME or, if unset, the name of the package or command.',
    parse: (text: string) => (text === '' ? undefined : text),
  },
  metricsPort: {
    flag: 'metrics-port',
    env: 'MCP_VITALS_WRAP_METRICS_PORT',
    placeholder: 'port',
    fallback: '',
    about: 'Also serves /metrics on this port of 127.0.0.1; 0 means any free port, which is printed.',
    parse: (text: string) => (text === '' ? undefined : portNumber(text)),
  },
  noList: {
    flag: 'no-list',
    env: 'MCP_VITALS_WRAP_NO_LIST',
    fallback: 'false',
    about: 'Does not request the list of tools; tools then count by name only after the client has requested it.',
    parse: isSwitch,
  },
} as const satisfies OptionTable

export const CONFIG_OPTIONS = {
  server: {
    flag: 'server',
    env: 'MCP_VITALS_CONFIG_SERVER',
    placeholder: 'name',
    fallback: '',
    about: 'The server to change; by default, all stdio servers in the file.',
    parse: (text: string) => (text === '' ? undefined : text),
  },
  dryRun: {
    flag: 'dry-run',
    env: 'MCP_VITALS_CONFIG_DRY_RUN',
    fallback: 'false',
    about: 'Shows the changes without writing them.',
    parse: isSwitch,
  },
} as const satisfies OptionTable

export const PROGRAM = {
  name: 'mcp-vitals',
  commands: {
    wrap: {
      about: 'Runs and measures an unchanged stdio server, written in any language.',
      options: WRAP_OPTIONS,
      operands: '-- <command> [arguments]',
    },
    config: {
      about: "Adds wrap to an MCP client's configuration file, or removes it.",
      options: CONFIG_OPTIONS,
      operands: 'wrap|unwrap <file>',
    },
    traffic: {
      about: 'Calls a running MCP server to generate test traffic for its dashboards.',
      options: TRAFFIC_OPTIONS,
    },
  },
  moved: { serve: 'mcp-vitals-server', exporter: 'mcp-vitals-server' },
  variablePrefix: ['MCP_VITALS_TRAFFIC_', 'MCP_VITALS_WRAP_', 'MCP_VITALS_CONFIG_'],
} as const satisfies Program
