import { describe, expect, it } from 'vitest'
import { helpText, optionTable } from '../../../src/command-line/help.ts'
import { ConfigError } from '../../../src/index.ts'
import { readConfig } from '../../../src/program/config.ts'
import { PROGRAM, TRAFFIC_OPTIONS } from '../../../src/program/options.ts'

function faultsOf(args: string[], env: Record<string, string> = {}): readonly string[] {
  try {
    readConfig(args, env)
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
  return []
}

describe('readConfig of mcp-vitals', () => {
  it('reads the options of traffic, and their defaults', () => {
    const config = readConfig(['traffic', '--rate', '2.5', '--duration', '3'], {})

    expect(config).toMatchObject({ command: 'traffic', rate: 2.5, durationMs: 3000, url: 'http://127.0.0.1:3000/mcp' })
    expect(Object.isFrozen(config)).toBe(true)
  })

  it('reads the options of wrap, and takes what follows -- as the command of the server', () => {
    const config = readConfig(['wrap', '--metrics-port', '0', '--no-list', '--', 'npx', '--metrics-port', '1'], {})

    expect(config).toMatchObject({
      command: 'wrap',
      metricsPort: 0,
      noList: true,
      serviceName: undefined,
      server: ['npx', '--metrics-port', '1'],
    })
  })

  it.each([[['wrap']], [['wrap', '--']], [['wrap', '--', '']]])('refuses %j, which names no server', (args) => {
    expect(faultsOf(args)).toEqual([
      'wrap: needs the command of the server after --, such as mcp-vitals wrap -- npx -y @acme/server',
    ])
  })

  it.each([
    [['config', 'wrap', 'a.json', '--server', 'b', '--dry-run']],
    [['config', 'wrap', '--dry-run', '--server', 'b', 'a.json']],
  ])('reads %j', (args) => {
    expect(readConfig(args, {})).toMatchObject({
      command: 'config',
      action: 'wrap',
      file: 'a.json',
      server: 'b',
      dryRun: true,
    })
  })

  it.each([[['config']], [['config', 'wrap']], [['config', 'show', 'a.json']], [['config', 'wrap', '--dry-run']]])(
    'refuses %j, which names no action or no file',
    (args) => {
      expect(faultsOf(args)).toEqual([
        'config: needs wrap or unwrap, and a file, such as mcp-vitals config wrap ~/.cursor/mcp.json',
      ])
    },
  )

  it('refuses a command of the server without -- before it', () => {
    expect(faultsOf(['wrap', 'npx'])).toHaveLength(2)
  })

  it.each(['serve', 'exporter'])('refuses %s and names the program that has it', (command) => {
    expect(faultsOf([command, '--port', '0'])).toEqual([
      `"${command}" is a command of mcp-vitals-server: run "mcp-vitals-server ${command}"`,
    ])
  })

  it('requires a command, and lists those that it has', () => {
    expect(faultsOf([])).toEqual(['a command is required (wrap, config, check, traffic); see mcp-vitals --help'])
    expect(faultsOf(['trafic'])).toEqual([
      '"trafic" is not a command (wrap, config, check, traffic); see mcp-vitals --help',
    ])
    expect(faultsOf(['constructor'])).toEqual([
      '"constructor" is not a command (wrap, config, check, traffic); see mcp-vitals --help',
    ])
  })

  it('warns about a misspelled variable of its own, and leaves the variables of the server alone', () => {
    const env = { MCP_VITALS_TRAFFIC_RATES: '5', MCP_VITALS_CLUSTER: 'in-cluster' }

    expect(readConfig(['traffic'], env)).toMatchObject({
      warnings: ['MCP_VITALS_TRAFFIC_RATES: there is no such variable (is MCP_VITALS_TRAFFIC_RATE meant?)'],
    })
  })

  it('gives help for the program and for each command, without a command too', () => {
    expect(readConfig(['--help'], {})).toEqual({ command: 'help', of: undefined })
    expect(readConfig(['-h'], {})).toEqual({ command: 'help', of: undefined })
    expect(readConfig(['traffic', '--rate', 'x', '--help'], {})).toEqual({ command: 'help', of: 'traffic' })
    expect(readConfig(['--version'], {})).toEqual({ command: 'version' })
  })
})

describe('the help of mcp-vitals', () => {
  it('has every option of traffic with its variable and default', () => {
    const text = helpText(PROGRAM, 'traffic')

    for (const { flag, env, fallback } of Object.values(TRAFFIC_OPTIONS)) {
      expect(text).toContain(`  --${flag}`)
      expect(text).toContain(fallback === '' ? env : `${env}, default ${fallback}`)
      expect(optionTable(TRAFFIC_OPTIONS)).toContain(`| \`${env}\` |`)
    }
  })

  it('has every command, and says where to find their options', () => {
    const text = helpText(PROGRAM)

    expect(text).toContain('Usage: mcp-vitals <command> [options]')
    for (const [name, { about }] of Object.entries(PROGRAM.commands))
      expect(text).toMatch(new RegExp(`^  ${name} +${about}$`, 'm'))
    expect(text).toContain('mcp-vitals <command> --help')
  })
})
