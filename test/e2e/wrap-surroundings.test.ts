// Tests `mcp-vitals wrap` where it meets a terminal, a full disk, and servers whose tools change or that start again.
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession, stdioSession } from '../support/clients/stdio-session.ts'
import { runVitals, VITALS_CLI } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { parseSamples } from '../support/telemetry/recorded-series.ts'

/** The tools are those of the latest `initialize`, and change with the call `change`. */
const CHANGING = `
let tools = [], starts = 0
const send = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }))
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (id === undefined) return
  if (method === 'initialize') tools = ['change', 'of_start_' + ++starts]
  if (method === 'tools/call' && params.name === 'change') {
    tools.push('late')
    send({ method: 'notifications/tools/list_changed' })
  }
  const results = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } }, serverInfo: { name: 'changing', version: '1' } },
    'tools/list': { tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) },
  }
  send({ id, result: results[method] ?? { content: [] } })
})`

/** Exits with 40 and the number of times that it was interrupted. */
const INTERRUPTED = `
let times = 0
process.on('SIGINT', () => { times += 1; setTimeout(() => process.exit(40 + times), 1000) })
process.stdin.resume()
process.stderr.write('ready')`

describe.runIf(process.platform === 'linux')('mcp-vitals wrap', () => {
  it('goes on when nothing can be written to stderr, because the disk is full', async () => {
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    // With --metrics-port it has a line to write itself.
    const child = spawn(process.execPath, [VITALS_CLI, 'wrap', '--metrics-port', '0', '--', 'cat'], {
      stdio: ['pipe', 'pipe', full],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
    child.stdin?.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')

    expect(await text(child.stdout as Readable)).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    expect(await exited).toBe(0)
  })

  it('hands Ctrl-C in a terminal on once, and ends as the server does', async () => {
    const quoted = [process.execPath, VITALS_CLI, 'wrap', '--', process.execPath, '-e', INTERRUPTED].map(
      (word) => `'${word.replaceAll("'", `'\\''`)}'`,
    )
    // `script` runs a command in a terminal of its own, through a shell. Without `exec` some shells stay, and end of the same Ctrl-C.
    const child = spawn('script', ['-qec', `exec ${quoted.join(' ')}`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    let shown = ''
    child.stdout.on('data', (bytes: Buffer) => {
      shown += bytes.toString()
    })
    const exited = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal)))
    await waitFor(() => shown.includes('ready'), 30_000)
    child.stdin.write('\x03')

    expect(await exited).toBe(41)
  })

  it('counts calls of tools that came with list_changed, or with another start, under their names', async () => {
    const cli = runVitals(['wrap', '--metrics-port', '0', '--', process.execPath, '-e', CHANGING])
    const metricsUrl = await waitFor(() => /metrics at (\S+)/.exec(cli.stderr())?.[1])
    const session = stdioSession(cli.child)
    const call = (name: string) => session.ask('tools/call', { name, arguments: {} })
    await openSession(session)
    for (const name of ['change', 'of_start_1', 'late']) await call(name)
    await openSession(session)
    for (const name of ['of_start_2', 'invented']) await call(name)

    const counts = async () => {
      const samples = parseSamples(await (await fetch(metricsUrl)).text())
      return [...samples].flatMap(([series, value]) => {
        const name = /^mcp_tool_calls_total\{status="success",tool_name="(\w+)"\}/.exec(series)?.[1]
        return name !== undefined && value > 0 ? [[name, value]] : []
      })
    }
    await waitFor(async () => (await counts()).length === 5)
    expect(Object.fromEntries(await counts())).toEqual({ change: 1, of_start_1: 1, late: 1, of_start_2: 1, _OTHER: 1 })
    expect(session.unexpected).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }])
    cli.child.stdin.end()
    expect(await cli.exited).toBe(0)
  })

  it('reports memory and CPU time of the server and the processes that it starts', async () => {
    const parent = `require('node:child_process').spawn(process.execPath, ['-e', 'const held = Buffer.alloc(200e6, 1); while (process.cpuUsage().user < 500e3); process.stderr.write("held\\\\n"); process.stdin.on("end", () => process.exit(held.length & 1)).resume()'], { stdio: ['pipe', 'ignore', 'inherit'] }); process.stdin.on('end', () => process.exit(0)).resume()`
    const cli = runVitals(['wrap', '--metrics-port', '0', '--', process.execPath, '-e', parent])
    const metricsUrl = await waitFor(() => /metrics at (\S+)/.exec(cli.stderr())?.[1])
    await waitFor(() => cli.stderr().includes('held'), 30_000)
    const samples = parseSamples(await (await fetch(metricsUrl)).text())

    expect(samples.get('process_memory_usage_bytes')).toBeGreaterThan(240e6)
    expect(samples.get('process_cpu_time_seconds_total{cpu_mode="user"}')).toBeGreaterThan(0.4)
    expect([...samples.keys()].filter((name) => name.startsWith('nodejs_') || name.startsWith('v8js_'))).toEqual([])
    cli.child.kill('SIGTERM')
  })
})
