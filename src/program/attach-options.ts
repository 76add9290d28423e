// The options of the commands that stand between a client and a server: wrap and proxy.
import type { OptionTable } from '../command-line/option.ts'
import {
  isSwitch,
  listOf,
  nonEmpty,
  originText,
  portNumber,
  tokenFile,
  urlText,
  wholeFrom,
} from '../command-line/option-values.ts'

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

export const PROXY_OPTIONS = {
  upstream: {
    flag: 'upstream',
    env: 'MCP_VITALS_PROXY_UPSTREAM',
    placeholder: 'url',
    fallback: '',
    about: 'The MCP server to stand in front of, over Streamable HTTP (such as http://127.0.0.1:8000/mcp). Required.',
    parse: upstreamUrl,
  },
  host: {
    flag: 'host',
    env: 'MCP_VITALS_PROXY_HOST',
    placeholder: 'address',
    fallback: '127.0.0.1',
    about: 'Address to listen on. Anything but loopback needs --token-file or --behind-auth-proxy.',
    parse: nonEmpty('address'),
  },
  port: {
    flag: 'port',
    env: 'MCP_VITALS_PROXY_PORT',
    placeholder: 'port',
    fallback: '3001',
    about: 'Port to listen on; 0 means any free one.',
    parse: portNumber,
  },
  tokenFile: {
    flag: 'token-file',
    env: 'MCP_VITALS_PROXY_TOKEN_FILE',
    placeholder: 'path',
    fallback: '',
    about: 'File of bearer tokens, one a line; clients must send one of them, and the server behind is not sent it.',
    parse: tokenFile,
  },
  behindAuthProxy: {
    flag: 'behind-auth-proxy',
    env: 'MCP_VITALS_PROXY_BEHIND_AUTH_PROXY',
    fallback: 'false',
    about: 'Says that the server itself or something in front authenticates, so that the proxy asks for no token.',
    parse: isSwitch,
  },
  allowedHosts: {
    flag: 'allowed-hosts',
    env: 'MCP_VITALS_ALLOWED_HOSTS',
    placeholder: 'names',
    fallback: '',
    about:
      'Host names that requests can be sent to, in addition to loopback names and IP addresses; also for /metrics.',
    parse: listOf((name) => name.toLowerCase()),
  },
  allowedOrigins: {
    flag: 'allowed-origins',
    env: 'MCP_VITALS_PROXY_ALLOWED_ORIGINS',
    placeholder: 'origins',
    fallback: '',
    about: 'Origins of web pages that can call, in addition to pages from loopback, such as https://app.example.com.',
    parse: listOf(originText),
  },
  maxConnections: {
    flag: 'max-connections',
    env: 'MCP_VITALS_PROXY_MAX_CONNECTIONS',
    placeholder: 'connections',
    fallback: '1000',
    about: 'Open connections of clients; beyond it the one that has been idle longest is closed.',
    parse: wholeFrom(1),
  },
  maxSessions: {
    flag: 'max-sessions',
    env: 'MCP_VITALS_PROXY_MAX_SESSIONS',
    placeholder: 'sessions',
    fallback: '10000',
    about:
      'Sessions that are followed; beyond it the one that was used longest ago passes unmeasured until its next call.',
    parse: wholeFrom(1),
  },
  maxHeaderBytes: {
    flag: 'max-header-bytes',
    env: 'MCP_VITALS_PROXY_MAX_HEADER_BYTES',
    placeholder: 'bytes',
    fallback: '16384',
    about: 'Bytes of all headers of a request; more is 431.',
    parse: wholeFrom(1024),
  },
  maxBodyBytes: {
    flag: 'max-body-bytes',
    env: 'MCP_VITALS_PROXY_MAX_BODY_BYTES',
    placeholder: 'bytes',
    fallback: '67108864',
    about: 'Bytes of the body of a request; more is 413.',
    parse: wholeFrom(1024),
  },
  noList: {
    flag: 'no-list',
    env: 'MCP_VITALS_PROXY_NO_LIST',
    fallback: 'false',
    about: 'Never asks the server for its tools; tools count by name only once a client has asked.',
    parse: isSwitch,
  },
} as const satisfies OptionTable

/** Without credentials, which would be shown in messages: they are for headers. */
function upstreamUrl(text: string): string {
  if (text === '') throw new Error('is required, such as --upstream http://127.0.0.1:8000/mcp')
  const { username, password, hash } = new URL(urlText(text))
  if (username !== '' || password !== '' || hash !== '')
    throw new Error('a URL without credentials and fragment is needed')
  return text
}
