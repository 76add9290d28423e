// Tests that a server under `mcp-vitals wrap` cannot be told from one without it by its bytes, its end or its signals.
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunningCli } from '../support/programs/run-cli.ts'
import { runNode, runVitals, VITALS_CLI } from '../support/programs/run-cli.ts'
import { waitFor } from '../support/programs/wait-for.ts'

/** Runs a program of Node's as the wrapped server. It says `ready <pid>` on stderr when its code runs. */
function wrapNode(code: string, env: Record<string, string> = {}): RunningCli {
  const script = `process.stderr.write('ready ' + process.pid + '\\n');${code}`
  return runVitals(['wrap', '--', process.execPath, '-e', script], env)
}

function ready(cli: RunningCli): Promise<number> {
  return waitFor(() => Number(/^ready (\d+)$/m.exec(cli.stderr())?.[1]))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('mcp-vitals wrap', () => {
  it('passes any bytes unchanged in both directions, with and without messages in them', async () => {
    const message = Buffer.from('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    const sent = Buffer.concat([randomBytes(3_000_000), message, Buffer.from('\r\n\n'), message, randomBytes(100_000)])
    const child = spawn(process.execPath, [VITALS_CLI, 'wrap', '--', 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    child.stdin.end(sent)

    expect(sha256(await buffer(child.stdout))).toBe(sha256(sent))
  })

  it('gives the server its arguments, environment and working directory, and its stderr to the client', async () => {
    const cli = wrapNode(
      'process.stderr.write(JSON.stringify([process.argv.slice(1), process.env.FOR_THE_SERVER, process.cwd()])); process.exitCode = 0',
      { FOR_THE_SERVER: 'a b' },
    )
    expect(await cli.exited).toBe(0)
    expect(cli.stderr()).toContain(JSON.stringify([[], 'a b', process.cwd()]))
  })

  it.each([0, 3, 255])('exits with %i when the server does', async (code) => {
    const cli = wrapNode(`process.stdin.on('end', () => process.exit(${code})).resume()`)
    cli.child.stdin.end()

    expect(await cli.exited).toBe(code)
  })

  it('exits with 127 for a command that does not exist, and with 126 for one that cannot be executed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-wrap-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'no-program'), 'text')
    chmodSync(join(folder, 'no-program'), 0o644)
    const missing = runVitals(['wrap', '--', 'no-such-command'])
    const refused = runVitals(['wrap', '--', join(folder, 'no-program')])

    expect([await missing.exited, await refused.exited]).toEqual([127, 126])
    expect(missing.stderr()).toBe('mcp-vitals: no-such-command: command not found\n')
    expect(refused.stderr()).toContain('cannot be started (EACCES)')
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('hands %s on, and ends as the server does', async (signal) => {
    const handled = wrapNode(`process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000)`)
    const unhandled = wrapNode('setInterval(() => {}, 1000)')
    await Promise.all([ready(handled), ready(unhandled)])
    handled.child.kill(signal)
    unhandled.child.kill(signal)

    expect([await handled.exited, await unhandled.exited]).toEqual([42, signal])
  })

  it('hands on a signal that comes while the server starts', async () => {
    // The first thing that the server does is to signal `wrap`: a handler that is set after the start comes too late about half of the time.
    const code = 'trap "exit 43" TERM; kill -TERM $PPID; while :; do sleep 0.1; done'
    const starts = Array.from({ length: 4 }, () => runVitals(['wrap', '--', 'sh', '-c', code]))

    expect(await Promise.all(starts.map(({ exited }) => exited))).toEqual(starts.map(() => 43))
  })

  it('ends by SIGKILL when the server is killed', async () => {
    const cli = wrapNode('setInterval(() => {}, 1000)')
    process.kill(await ready(cli), 'SIGKILL')

    expect(await cli.exited).toBe('SIGKILL')
  })

  it('leaves no orphan that ends with its input when it is killed itself', async () => {
    const cli = wrapNode(`process.stdin.on('end', () => process.exit(0)).resume()`)
    const pid = await ready(cli)
    cli.child.kill('SIGKILL')

    await waitFor(() => !isAlive(pid), 20_000, 'the end of the server')
  })

  it('leaves a server that ignores the end of its input as its client would, when it is killed itself', async () => {
    const stubborn = `
      const tell = (what) => process.stderr.write(what + ' ' + process.pid + ';')
      process.stdin.on('end', () => tell('end')).on('error', ({ code }) => tell(code)).resume()
      let isTold = false
      process.stdout.on('error', ({ code }) => { if (!isTold) tell(code); isTold = true })
      tell('start')
      setInterval(() => process.stdout.write('x'), 20)`
    const client = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: ['pipe', 'pipe', 'inherit'] }).stdout.resume()`
    const told = async (cli: RunningCli) => {
      const pid = await waitFor(() => Number(/start (\d+);/.exec(cli.stderr())?.[1]), 20_000)
      onTestFinished(() => void process.kill(pid, 'SIGKILL'))
      cli.child.kill('SIGKILL')
      await waitFor(() => /EPIPE/.test(cli.stderr()) && /end /.test(cli.stderr()), 20_000, 'what the server sees')
      return { seen: [...cli.stderr().matchAll(/(\w+) \d+;/g)].map(([, what]) => what).sort(), alive: isAlive(pid) }
    }
    const wrapped = await told(runVitals(['wrap', '--', process.execPath, '-e', stubborn]))
    const direct = await told(runNode(['-e', client]))

    expect(wrapped).toEqual({ seen: ['EPIPE', 'end', 'start'], alive: true })
    expect(wrapped).toEqual(direct)
  })

  it('hands on what the server writes after its input has ended, and at its exit', async () => {
    const cli = wrapNode(
      `process.stdin.on('end', () => { process.stdout.write('x'.repeat(1e6) + 'last', () => process.exit(5)) }).resume()`,
    )
    cli.child.stdin.end()

    expect(await cli.exited).toBe(5)
    expect(cli.stdout().length).toBe(1_000_004)
    expect(cli.stdout().endsWith('last')).toBe(true)
  })

  it('closes the output of the server when the client closes its own', async () => {
    const cli = wrapNode(
      `process.stdout.on('error', (e) => process.exit(e.code === 'EPIPE' ? 9 : 8)); setInterval(() => process.stdout.write('x\\n'), 20)`,
    )
    await waitFor(() => cli.stdout().length > 0)
    cli.child.stdout.destroy()

    expect((await once(cli.child, 'exit'))[0]).toBe(9)
  })

  it('closes the input of the client when the server closes its own', async () => {
    const cli = wrapNode(`require('node:fs').closeSync(0); setTimeout(() => process.exit(6), 3000)`)
    await ready(cli)
    const failed = new Promise<string>((resolve) => cli.child.stdin.on('error', (error) => resolve(error.message)))
    const writes = setInterval(() => cli.child.stdin.write('{}\n'), 20)
    onTestFinished(() => clearInterval(writes))

    expect(await failed).toContain('EPIPE')
    expect(await cli.exited).toBe(6)
  })

  it('does not wait for a grandchild that keeps the output open', async () => {
    const cli = wrapNode(
      `require('node:child_process').spawn('sleep', ['15'], { stdio: ['ignore', 'inherit', 'ignore'] }).unref(); process.stdout.write('last\\n', () => process.exit(0))`,
    )
    const started = performance.now()

    expect((await once(cli.child, 'exit'))[0]).toBe(0)
    expect(performance.now() - started).toBeLessThan(14_000)
    expect(cli.stdout()).toBe('last\n')
  })

  it('slows a server down whose client does not read, as a pipe does', async () => {
    const cli = wrapNode(
      `const fs = require('node:fs'); const line = Buffer.alloc(65536, 10); for (let sent = 0; sent < 200; sent++) { fs.writeSync(2, 'sent ' + sent + '\\n'); let at = 0; while (at < line.length) { try { at += fs.writeSync(1, line, at) } catch (e) { if (e.code !== 'EAGAIN') throw e } } }`,
    )
    cli.child.stdout.pause()
    const sent = () => cli.stderr().match(/^sent/gm)?.length ?? 0
    await waitFor(() => sent() > 1)
    let before = -1
    // It has stopped when a second goes by without another line.
    while (before !== sent()) {
      before = sent()
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
    expect(sent()).toBeLessThan(100)
    cli.child.stdout.resume()

    expect(await cli.exited).toBe(0)
    expect(cli.stdout().length).toBe(200 * 65_536)
  })

  it('says nothing when nobody listens for its metrics', async () => {
    const cli = wrapNode(`setTimeout(() => process.exit(0), 2500)`, {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: '',
      OTEL_METRIC_EXPORT_INTERVAL: '300',
    })

    expect(await cli.exited).toBe(0)
    expect(cli.stderr()).toMatch(/^ready \d+\n$/)
  })

  it('runs the server unmeasured when the telemetry is configured wrongly, and says so in one line', async () => {
    const cli = wrapNode(`process.stdin.pipe(process.stdout)`, { OTEL_METRICS_EXPORTER: 'nobody' })
    cli.child.stdin.end('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')

    expect(await cli.exited).toBe(0)
    expect(cli.stdout()).toBe('{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    expect(cli.stderr()).toContain('mcp-vitals: the server is not measured: ')
  })
})
