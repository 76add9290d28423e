// Defines the commands and options of the program mcp-vitals.
import type { OptionTable, Program } from '../command-line/option.ts'
import {
  inSeconds,
  isSwitch,
  listOf,
  nonEmpty,
  numberFrom,
  portNumber,
  tokensIn,
  urlText,
  wholeFrom,
} from '../command-line/option-values.ts'
import { PROXY_OPTIONS, WRAP_OPTIONS } from './attach-options.ts'

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

const budget = (text: string) => (text === '' ? undefined : wholeFrom(0)(text))

export const CHECK_OPTIONS = {
  url: {
    flag: 'url',
    env: 'MCP_VITALS_CHECK_URL',
    placeholder: 'url',
    fallback: '',
    about: 'The MCP server to check, over Streamable HTTP; in place of a command.',
    parse: (text: string) => (text === '' ? undefined : urlText(text)),
  },
  maxBytes: {
    flag: 'max-bytes',
    env: 'MCP_VITALS_CHECK_MAX_BYTES',
    placeholder: 'bytes',
    fallback: '',
    about: 'Fails if the tool definitions are larger.',
    parse: budget,
  },
  maxTokens: {
    flag: 'max-tokens',
    env: 'MCP_VITALS_CHECK_MAX_TOKENS',
    placeholder: 'tokens',
    fallback: '',
    about: 'Fails if the tool definitions cost more tokens, estimated as bytes divided by 4.',
    parse: budget,
  },
  maxTools: {
    flag: 'max-tools',
    env: 'MCP_VITALS_CHECK_MAX_TOOLS',
    placeholder: 'tools',
    fallback: '',
    about: 'Fails if there are more tools.',
    parse: budget,
  },
  json: {
    flag: 'json',
    env: 'MCP_VITALS_CHECK_JSON',
    fallback: 'false',
    about: 'Prints JSON in place of a table.',
    parse: isSwitch,
  },
} as const satisfies OptionTable

export const HUB_OPTIONS = {
  host: {
    flag: 'host',
    env: 'MCP_VITALS_HUB_HOST',
    placeholder: 'address',
    fallback: '127.0.0.1',
    about: 'Address of all three listeners; beyond loopback it needs --token-file.',
    parse: nonEmpty('an address'),
  },
  port: {
    flag: 'port',
    env: 'MCP_VITALS_HUB_PORT',
    placeholder: 'port',
    fallback: '9466',
    about: 'Port of the live page; 0 means any free port.',
    parse: portNumber,
  },
  otlpHttpPort: {
    flag: 'otlp-http-port',
    env: 'MCP_VITALS_HUB_OTLP_HTTP_PORT',
    placeholder: 'port',
    fallback: '4318',
    about: 'Port for OTLP over HTTP.',
    parse: portNumber,
  },
  otlpGrpcPort: {
    flag: 'otlp-grpc-port',
    env: 'MCP_VITALS_HUB_OTLP_GRPC_PORT',
    placeholder: 'port',
    fallback: '4317',
    about: 'Port for OTLP over gRPC.',
    parse: portNumber,
  },
  tokenFile: {
    flag: 'token-file',
    env: 'MCP_VITALS_HUB_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File with the token that opens the page and that senders must send as a bearer token.',
    parse: tokensIn,
  },
  maxServers: {
    flag: 'max-servers',
    env: 'MCP_VITALS_HUB_MAX_SERVERS',
    placeholder: 'servers',
    fallback: '50',
    about: 'Servers shown at the same time; one that is silent for a minute makes room.',
    parse: wholeFrom(1),
  },
  allowedHosts: {
    flag: 'allowed-hosts',
    env: 'MCP_VITALS_HUB_ALLOWED_HOSTS',
    placeholder: 'names',
    fallback: '',
    about: 'Host names, separated by commas, that browsers may use for the page.',
    parse: listOf(nonEmpty('a host name')),
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
    proxy: {
      about: 'Stands in front of a Streamable HTTP server in any language, unchanged, and measures it.',
      options: PROXY_OPTIONS,
    },
    config: {
      about: "Adds wrap to an MCP client's configuration file, or removes it.",
      options: CONFIG_OPTIONS,
      operands: 'wrap|unwrap <file>',
    },
    check: {
      about: 'Lists what a server offers and what it costs a model; fails above a budget.',
      options: CHECK_OPTIONS,
      operands: '[-- <command> [arguments]]',
    },
    hub: { about: 'Receives OTLP from every server of this machine and shows the live page.', options: HUB_OPTIONS },
    traffic: {
      about: 'Calls a running MCP server to generate test traffic for its dashboards.',
      options: TRAFFIC_OPTIONS,
    },
  },
  moved: { serve: 'mcp-vitals-server', exporter: 'mcp-vitals-server' },
  variablePrefix: [
    'MCP_VITALS_TRAFFIC_',
    'MCP_VITALS_WRAP_',
    'MCP_VITALS_PROXY_',
    'MCP_VITALS_CONFIG_',
    'MCP_VITALS_CHECK_',
    'MCP_VITALS_HUB_',
  ],
} as const satisfies Program
