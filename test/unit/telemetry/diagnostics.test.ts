import { diag } from '@opentelemetry/api'
import { afterEach, describe, expect, it } from 'vitest'
import { installDiagnostics } from '../../../src/telemetry/diagnostics.ts'
import { OtlpExportError } from '../../../src/telemetry/push/export-error.ts'

const lines: string[] = []
const write = (line: string) => lines.push(line)
let undo: (() => void)[] = []
const install = (level?: string, now?: () => number) => {
  const remove = installDiagnostics(level, write, now)
  undo.push(remove)
  return remove
}

afterEach(() => {
  for (const remove of undo.reverse()) remove()
  undo = []
  lines.length = 0
})

describe('installDiagnostics', () => {
  it.each([
    ['none', []],
    ['error', ['error']],
    ['warn', ['error', 'warning']],
    ['INFO', ['error', 'warning', 'info']],
    ['debug', ['error', 'warning', 'info', 'debug']],
    ['all', ['error', 'warning', 'info', 'debug', 'verbose']],
    [undefined, ['error', 'warning']],
    ['loud', ['error', 'warning']],
  ])('maps OTEL_LOG_LEVEL=%s to the levels %j', (level, expected) => {
    install(level)
    for (const name of ['error', 'warn', 'info', 'debug', 'verbose'] as const) diag[name]('said')
    const said = lines.filter((line) => line.endsWith(': said\n'))
    expect(said).toEqual(expected.map((name) => `mcp-vitals telemetry ${name}: said\n`))
  })

  it('writes lines that differ only in their numbers at most three times a minute', () => {
    let time = 0
    install('warn', () => time)
    for (let n = 0; n < 100; n += 1) diag.warn(`retry in ${n} ms`)
    diag.warn('something else')
    expect(lines).toHaveLength(4)
    time = 60_000
    diag.warn('retry in 7 ms')
    expect(lines).toHaveLength(5)
  })

  it('writes each of 1,000 different lines, truncated to 1,000 characters', () => {
    install()
    for (let n = 0; n < 1_000; n += 1) diag.warn(`${'x'.repeat(n % 500)}${'y'.repeat(n)}`)
    expect(lines).toHaveLength(1_000)
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(1_001)
  })

  it("writes an error on one line without its stack, also for the SDK's JSON and an object that throws", () => {
    install()
    const error = new TypeError('first\nsecond')
    diag.error('failed', error)
    diag.error(JSON.stringify({ stack: error.stack, message: 'from the SDK', name: 'TypeError' }))
    diag.error('hostile', {
      toString() {
        throw new Error('no')
      },
    })
    expect(lines).toEqual([
      'mcp-vitals telemetry error: failed TypeError: first second\n',
      'mcp-vitals telemetry error: TypeError: from the SDK\n',
      'mcp-vitals telemetry error: hostile \n',
    ])
  })

  it("omits the SDK's line about an export failure that is already logged", () => {
    install()
    diag.error(`PeriodicExportingMetricReader: metrics export failed (error ${new OtlpExportError('HTTP 503')})`)
    expect(lines).toEqual([])
  })

  it('returns an undo function that leaves a later installation in place', () => {
    const first = install()
    install()
    first()
    diag.error('said')
    expect(lines).toHaveLength(1)
  })
})
