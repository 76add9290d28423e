// The commands and options of the program mcp-vitals.
import type { OptionTable, Program } from '../command-line/option.ts'
import { inSeconds, numberFrom, tokensIn, urlText, wholeFrom } from '../command-line/option-values.ts'

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
    about: 'Stops after this time; 0 means on Ctrl-C.',
    parse: inSeconds(0, 30 * 86_400),
  },
  concurrency: {
    flag: 'concurrency',
    env: 'MCP_VITALS_TRAFFIC_CONCURRENCY',
    placeholder: 'calls',
    fallback: '16',
    about: 'Calls in flight at the same time; when that many are, none is started.',
    parse: wholeFrom(1),
  },
  tokens: {
    flag: 'token-file',
    env: 'MCP_VITALS_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File with the bearer token to send (its first token).',
    parse: tokensIn,
  },
} as const satisfies OptionTable

export const PROGRAM = {
  name: 'mcp-vitals',
  commands: {
    traffic: { about: 'Calls a running MCP server, to fill its dashboards.', options: TRAFFIC_OPTIONS },
  },
  moved: { serve: 'mcp-vitals-server', exporter: 'mcp-vitals-server' },
  variablePrefix: 'MCP_VITALS_TRAFFIC_',
} as const satisfies Program
