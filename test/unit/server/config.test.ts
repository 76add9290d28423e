// Tests how options and environment variables become a configuration.
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { helpText, optionTable } from '../../../src/command-line/help.ts'
import type { EnvironmentVariables } from '../../../src/command-line/read-command-line.ts'
import { ConfigError } from '../../../src/index.ts'
import type { ServeConfig } from '../../../src/server/config.ts'
import { readConfig } from '../../../src/server/config.ts'
import { PROGRAM } from '../../../src/server/options.ts'

const COMMANDS = PROGRAM.commands

const folder = mkdtempSync(join(tmpdir(), 'config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  return path
}

const serve = (args: string[], env: EnvironmentVariables = {}) => readConfig(['serve', ...args], env) as ServeConfig

function faultsOf(args: string[], env: EnvironmentVariables = {}): readonly string[] {
  try {
    readConfig(args, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('readConfig', () => {
  it('returns the documented defaults, frozen, without arguments: serve over HTTP on loopback', () => {
    const config = readConfig([], {}) as ServeConfig

    expect(config).toMatchObject({ command: 'serve', transport: 'http', host: '127.0.0.1', port: 3000 })
    expect(config).toMatchObject({
      deadlineMs: 60_000,
      demoTools: false,
      name: 'mcp-hello-server',
      tokenFile: { path: '', tokens: [] },
    })
    expect(config.warnings).toEqual([])
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('reads options from their variables, and prefers flags', () => {
    const env = { MCP_VITALS_PORT: '4000', MCP_VITALS_DEMO_TOOLS: 'true', MCP_VITALS_TRANSPORT: 'stdio' }

    expect(serve([], env)).toMatchObject({ port: 4000, demoTools: true, transport: 'stdio' })
    expect(serve(['--port', '5000', '--demo-tools=false'], env)).toMatchObject({ port: 5000, demoTools: false })
  })

  it('treats an empty variable as unset', () => {
    expect(serve([], { MCP_VITALS_PORT: '', MCP_VITALS_HOST: ' ' })).toMatchObject({ port: 3000, host: '127.0.0.1' })
  })

  it('uses serve when there is no command', () => {
    expect(readConfig(['--port', '0'], {})).toMatchObject({ command: 'serve', port: 0 })
  })

  it('reads one token per line from --token-file, and skips comments and empty lines', () => {
    const path = file('tokens', '# for the platform team\nabc.DEF-123\n\n  second_token==  \n')

    expect(serve(['--token-file', path]).tokenFile.tokens).toEqual(['abc.DEF-123', 'second_token=='])
  })

  it('applies --allowed-hosts in lower case to the telemetry too', () => {
    const config = serve(['--allowed-hosts', 'MCP.example.com, other:3000'], { OTEL_METRICS_EXPORTER: 'otlp' })

    expect(config.allowedHosts).toEqual(['mcp.example.com', 'other:3000'])
    expect(config.environment).toMatchObject({
      OTEL_METRICS_EXPORTER: 'otlp',
      MCP_VITALS_ALLOWED_HOSTS: 'mcp.example.com,other:3000',
    })
  })
})

describe('readConfig with invalid input', () => {
  it('throws one error that names every fault, its source and what is expected', () => {
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
      '--prot: unknown option; did you mean --port?',
      '--deadline: needs a value',
      '"what" is not expected here',
      'MCP_VITALS_TRANSPORT: "pigeon" is not one of http, stdio',
      'MCP_VITALS_PORT: "70000" is not a port (0 to 65535)',
      '--allowed-origins: "example.com" is not an origin (such as https://app.example.com)',
      '--concurrency: "0" is not a whole number of at least 1',
      'MCP_VITALS_DEMO_TOOLS: "perhaps" is not true or false',
    ])
  })

  it.each([
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
  ])('rejects %s "%s"', (flag, value) => {
    expect(faultsOf([`${flag}=${value}`])).toEqual([expect.stringContaining(`${flag}: "${value}"`)])
  })

  it('names an unknown command, and lists the known ones', () => {
    expect(faultsOf(['server'])).toEqual(['"server" is not a command (serve, exporter); see mcp-vitals-server --help'])
    expect(faultsOf(['constructor'])).toEqual([
      '"constructor" is not a command (serve, exporter); see mcp-vitals-server --help',
    ])
  })

  it.each(['0.0.0.0', '::', '192.168.1.7', 'mcp.internal'])('rejects --host %s without a token', (host) => {
    expect(faultsOf(['--host', host])).toEqual([expect.stringContaining(`${host} is not a loopback address`)])
  })

  it('rejects a token file that is weak or that others can read when the host is not loopback', () => {
    const short = file('short', 'a-token\n')
    const open = file('open', `${'a'.repeat(16)}\n`, 0o644)

    expect(faultsOf(['--host', '0.0.0.0', '--token-file', short])).toEqual([expect.stringContaining('16 bytes')])
    expect(faultsOf(['--host', '0.0.0.0', '--token-file', open])).toEqual([expect.stringContaining('chmod o=')])
    for (const path of [short, open]) expect(faultsOf(['--token-file', path])).toEqual([])
  })

  it('accepts any host with a token file, behind an auth proxy or over stdio, and loopback hosts without', () => {
    const path = file('one', `${'a'.repeat(16)}\n`)

    expect(faultsOf(['--host', '0.0.0.0', '--token-file', path])).toEqual([])
    expect(faultsOf(['--host', '0.0.0.0', '--behind-auth-proxy'])).toEqual([])
    expect(faultsOf(['--host', '0.0.0.0', '--transport', 'stdio'])).toEqual([])
    for (const host of ['localhost', '127.0.0.2', '::1']) expect(faultsOf(['--host', host])).toEqual([])
  })

  it('rejects a token file that is missing, empty or invalid, without showing its content', () => {
    const broken = file('broken', 'Bearer secret-canary\n')

    expect(faultsOf(['--token-file', join(folder, 'none')])).toEqual([expect.stringContaining('(ENOENT)')])
    expect(faultsOf(['--token-file', file('empty', '# nothing\n')])).toEqual([
      expect.stringContaining('contains no token'),
    ])
    expect(faultsOf(['--token-file', broken])).toHaveLength(1)
    expect(faultsOf(['--token-file', broken]).join()).not.toContain('canary')
  })
})

describe('readConfig with unknown variables', () => {
  it('warns about a misspelled variable and suggests a known one', () => {
    expect(serve([], { MCP_VITALS_PROT: '1' }).warnings).toEqual([
      'MCP_VITALS_PROT: unknown variable; did you mean MCP_VITALS_PORT?',
    ])
  })

  it('accepts each MCP_VITALS_ variable that the telemetry reads without a warning', () => {
    const sources = globSync('src/telemetry/**/*.ts').map((file) => readFileSync(file, 'utf8'))
    const names = new Set(sources.flatMap((source) => source.match(/(?<=')MCP_VITALS_[A-Z_]+(?=')/g) ?? []))
    const validValue = (name: string) => {
      if (/_(TOKEN_FILE|CERT|KEY)$/.test(name)) return file(name, 'sixteen-bytes-or-more')
      if (name.endsWith('_URL')) return 'http://x.test'
      if (/_(AUDIT|PAGE)$/.test(name)) return 'off'
      return name === 'MCP_VITALS_TRUST_TRACE_CONTEXT' ? 'true' : 'x.test'
    }

    expect(names.size).toBeGreaterThan(10)
    expect(serve([], Object.fromEntries([...names].map((name) => [name, validValue(name)]))).warnings).toEqual([])
  })

  it('ignores the variables that Kubernetes sets for a Service named mcp-vitals, with one warning', () => {
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

describe('readConfig with --help or --version', () => {
  it('returns help for the program or the command, and the version, even if other options are invalid', () => {
    expect(readConfig(['--help'], {})).toEqual({ command: 'help', of: undefined })
    expect(readConfig(['exporter', '-h'], { MCP_VITALS_PORT: 'x' })).toEqual({ command: 'help', of: 'exporter' })
    expect(readConfig(['serve', '--port', 'x', '--help'], {})).toEqual({ command: 'help', of: 'serve' })
    expect(readConfig(['--version'], {})).toEqual({ command: 'version' })
  })
})

describe('helpText and optionTable', () => {
  it.each(['serve', 'exporter'] as const)('list every option of %s with its variable and default', (command) => {
    const text = helpText(PROGRAM, command)

    for (const { flag, env, fallback } of Object.values(COMMANDS[command].options)) {
      expect(text).toContain(`  --${flag}`)
      expect(text).toContain(fallback === '' ? env : `${env}, default ${fallback}`)
      expect(optionTable(COMMANDS[command].options)).toContain(`| \`${env}\` |`)
    }
  })
})

describe('PROGRAM.commands', () => {
  it('names the variable of each serve option after its flag, in capitals', () => {
    for (const { flag, env } of Object.values(COMMANDS.serve.options)) {
      expect(env).toBe(`MCP_VITALS_${flag.replaceAll('-', '_').toUpperCase()}`)
    }
  })

  it('gives every option a default that it accepts', () => {
    for (const { options } of Object.values(COMMANDS)) {
      for (const { fallback, parse } of Object.values(options)) expect(() => parse(fallback)).not.toThrow()
    }
  })
})
