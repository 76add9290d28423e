import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ConfigError } from '../../../src/index.ts'
import type { Environment, ServeConfig, TrafficConfig } from '../../../src/server/config.ts'
import { readConfig } from '../../../src/server/config.ts'
import { helpText, optionTable } from '../../../src/server/help.ts'
import { COMMANDS } from '../../../src/server/options.ts'

const folder = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const serve = (args: string[], env: Environment = {}) => readConfig(['serve', ...args], env) as ServeConfig

function faultsOf(args: string[], env: Environment = {}): readonly string[] {
  try {
    readConfig(args, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('what is read', () => {
  test('without a word it serves on loopback with the documented defaults', () => {
    const config = readConfig([], {}) as ServeConfig

    expect(config).toMatchObject({ command: 'serve', transport: 'http', host: '127.0.0.1', port: 3000 })
    expect(config).toMatchObject({ deadlineMs: 60_000, demoTools: false, name: 'mcp-hello-server', tokens: [] })
    expect(config.warnings).toEqual([])
    expect(Object.isFrozen(config)).toBe(true)
  })

  test('every option can be given by its variable, and the flag wins', () => {
    const env = { MCP_VITALS_PORT: '4000', MCP_VITALS_DEMO_TOOLS: 'true', MCP_VITALS_TRANSPORT: 'stdio' }

    expect(serve([], env)).toMatchObject({ port: 4000, demoTools: true, transport: 'stdio' })
    expect(serve(['--port', '5000', '--demo-tools=false'], env)).toMatchObject({ port: 5000, demoTools: false })
  })

  test('an empty variable is one that is not set', () => {
    expect(serve([], { MCP_VITALS_PORT: '', MCP_VITALS_HOST: ' ' })).toMatchObject({ port: 3000, host: '127.0.0.1' })
  })

  test('options without a command are those of serve', () => {
    expect(readConfig(['--port', '0'], {})).toMatchObject({ command: 'serve', port: 0 })
  })

  test('the traffic command has options of its own', () => {
    const config = readConfig(['traffic', '--rate', '2.5', '--duration', '3'], {}) as TrafficConfig

    expect(config).toMatchObject({ command: 'traffic', rate: 2.5, durationMs: 3000, url: 'http://127.0.0.1:3000/mcp' })
  })

  test('a token file has a token a line, with comments and empty lines left out', () => {
    const path = file('tokens', '# for the platform team\nabc.DEF-123\n\n  second_token==  \n')

    expect(serve(['--token-file', path]).tokens).toEqual(['abc.DEF-123', 'second_token=='])
  })

  test('host names allowed on the command line hold for the telemetry too', () => {
    const config = serve(['--allowed-hosts', 'MCP.example.com, other:3000'], { OTEL_METRICS_EXPORTER: 'otlp' })

    expect(config.allowedHosts).toEqual(['mcp.example.com', 'other:3000'])
    expect(config.environment).toMatchObject({
      OTEL_METRICS_EXPORTER: 'otlp',
      MCP_VITALS_ALLOWED_HOSTS: 'mcp.example.com,other:3000',
    })
  })
})

describe('what is refused', () => {
  test('one error names every fault, where it came from and what was expected', () => {
    const args = [
      'serve',
      '--prot',
      '3000',
      '--deadline',
      '--concurrency=0',
      'what',
      '--allowed-origins',
      'example.com',
    ]
    const env = { MCP_VITALS_TRANSPORT: 'pigeon', MCP_VITALS_PORT: '70000', MCP_VITALS_DEMO_TOOLS: 'perhaps' }

    expect(faultsOf(args, env)).toEqual([
      '--prot: there is no such option (is --port meant?)',
      '--deadline: needs a value',
      '"what" is not expected here',
      'MCP_VITALS_TRANSPORT: "pigeon" is none of http, stdio',
      'MCP_VITALS_PORT: "70000" is no port (0 to 65535)',
      '--allowed-origins: "example.com" is no origin (such as https://app.example.com)',
      '--concurrency: "0" is no whole number from 1',
      'MCP_VITALS_DEMO_TOOLS: "perhaps" is neither true nor false',
    ])
  })

  test.each([
    ['--port', '-1'],
    ['--port', '3000.5'],
    ['--port', ''],
    ['--host', 'two words'],
    ['--deadline', '0'],
    ['--deadline', '1e3'],
    ['--deadline', 'NaN'],
    ['--rate-limit', '-5'],
    ['--session-ttl', 'Infinity'],
    ['--max-sessions', '0'],
    ['--name', ''],
    ['--log-level', 'verbose'],
  ])('%s "%s" is a fault', (flag, value) => {
    expect(faultsOf([`${flag}=${value}`])).toEqual([expect.stringContaining(`${flag}: "${value}"`)])
  })

  test('an unknown command is named, with those there are', () => {
    expect(faultsOf(['server'])).toEqual(['"server" is no command (serve, exporter, traffic)'])
    expect(faultsOf(['constructor'])).toEqual(['"constructor" is no command (serve, exporter, traffic)'])
  })

  test.each(['0.0.0.0', '::', '192.168.1.7', 'mcp.internal'])('%s is refused without a token', (host) => {
    expect(faultsOf(['--host', host])).toEqual([expect.stringContaining(`${host} is no loopback address`)])
  })

  test('off loopback it starts with a token, or when told that something in front authenticates', () => {
    const path = file('one', 'a-token\n')

    expect(faultsOf(['--host', '0.0.0.0', '--token-file', path])).toEqual([])
    expect(faultsOf(['--host', '0.0.0.0', '--behind-auth-proxy'])).toEqual([])
    expect(faultsOf(['--host', '0.0.0.0', '--transport', 'stdio'])).toEqual([])
    for (const host of ['localhost', '127.0.0.2', '::1']) expect(faultsOf(['--host', host])).toEqual([])
  })

  test('a token file that is missing, empty or holds no token is a fault, without its content', () => {
    const broken = file('broken', 'Bearer secret-canary\n')

    expect(faultsOf(['--token-file', join(folder, 'none')])).toEqual([expect.stringContaining('(ENOENT)')])
    expect(faultsOf(['--token-file', file('empty', '# nothing\n')])).toEqual([
      expect.stringContaining('holds no token'),
    ])
    expect(faultsOf(['--token-file', broken])).toHaveLength(1)
    expect(faultsOf(['--token-file', broken]).join()).not.toContain('canary')
  })
})

describe('variables that mean nothing', () => {
  test('a misspelt one is a warning that says what may be meant', () => {
    expect(serve([], { MCP_VITALS_PROT: '1' }).warnings).toEqual([
      'MCP_VITALS_PROT: there is no such variable (is MCP_VITALS_PORT meant?)',
    ])
  })

  test('what the telemetry reads under our prefix is no mistake', () => {
    const env = {
      MCP_VITALS_METRICS_TOKEN_FILE: file('t', 'token'),
      MCP_VITALS_METRICS_TLS_CERT: file('c', 'a certificate'),
      MCP_VITALS_METRICS_TLS_KEY: file('k', 'a key'),
    }

    expect(serve([], env).warnings).toEqual([])
  })

  test('the links that Kubernetes sets for a Service called mcp-vitals do no harm', () => {
    const config = serve([], {
      MCP_VITALS_PORT: 'tcp://10.96.0.17:3000',
      MCP_VITALS_SERVICE_HOST: '10.96.0.17',
      MCP_VITALS_SERVICE_PORT: '3000',
      MCP_VITALS_PORT_3000_TCP: 'tcp://10.96.0.17:3000',
      MCP_VITALS_PORT_3000_TCP_ADDR: '10.96.0.17',
    })

    expect(config.port).toBe(3000)
    expect(config.warnings).toEqual([expect.stringContaining('comes from a Kubernetes Service')])
  })
})

describe('help', () => {
  test('--help is asked for on the program and on each command, whatever else is wrong', () => {
    expect(readConfig(['--help'], {})).toEqual({ command: 'help', of: undefined })
    expect(readConfig(['traffic', '-h'], { MCP_VITALS_PORT: 'x' })).toEqual({ command: 'help', of: 'traffic' })
    expect(readConfig(['serve', '--port', 'x', '--help'], {})).toEqual({ command: 'help', of: 'serve' })
    expect(readConfig(['--version'], {})).toEqual({ command: 'version' })
  })

  test.each(['serve', 'exporter', 'traffic'] as const)(
    '%s --help has every option with its variable and default',
    (command) => {
      const text = helpText(command)

      for (const { flag, env, fallback } of Object.values(COMMANDS[command].options)) {
        expect(text).toContain(`  --${flag}`)
        expect(text).toContain(fallback === '' ? env : `${env}, default ${fallback}`)
        expect(optionTable(command)).toContain(`| \`${env}\` |`)
      }
    },
  )

  test('the variable of an option is its flag in capitals', () => {
    for (const { flag, env } of Object.values(COMMANDS.serve.options)) {
      expect(env).toBe(`MCP_VITALS_${flag.replaceAll('-', '_').toUpperCase()}`)
    }
  })

  test('every default is a value that the option takes', () => {
    for (const { options } of Object.values(COMMANDS)) {
      for (const { fallback, parse } of Object.values(options)) expect(() => parse(fallback)).not.toThrow()
    }
  })
})
