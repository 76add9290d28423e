import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { context, logs, SeverityNumber, TraceFlags, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { Logger } from '../../../src/telemetry/logger.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'

const SPAN = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: TraceFlags.SAMPLED }
const within = <T>(run: () => T) => context.with(trace.setSpanContext(context.active(), SPAN), run)

let lines: string[]
let logger: Logger
const last = () => JSON.parse(lines.at(-1) ?? '')

beforeEach(() => {
  lines = []
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  logger = createLogger({ name: 'test', level: 'trace', destination: { write: (line: string) => lines.push(line) } })
})
afterEach(() => {
  context.disable()
  logs.disable()
})

function recordLogs(): InMemoryLogRecordExporter {
  const exporter = new InMemoryLogRecordExporter()
  logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }))
  return exporter
}

const LOGGER = `import { createLogger } from ${JSON.stringify(new URL('../../../src/telemetry/logger.ts', import.meta.url))}
  const logger = createLogger()`

describe('createLogger', () => {
  it('writes the IDs of the current span on a line, and none outside a span', () => {
    within(() => logger.info({ port: 3000 }, 'listening'))
    expect(last()).toMatchObject({
      level: 'info',
      name: 'test',
      port: 3000,
      msg: 'listening',
      trace_id: SPAN.traceId,
      span_id: SPAN.spanId,
      trace_flags: '01',
    })
    logger.info('outside')
    expect(Object.keys(last())).toEqual(['level', 'time', 'name', 'msg'])
  })

  it('emits a log record for each line, with its context, severity, body and attributes', () => {
    const exporter = recordLogs()
    within(() => logger.child({ part: 'http' }).warn({ port: 3000, ok: true }, 'slow'))
    const [record] = exporter.getFinishedLogRecords()
    expect(record).toMatchObject({ severityNumber: SeverityNumber.WARN, severityText: 'warn', body: 'slow' })
    expect(record?.attributes).toEqual({ part: 'http', port: 3000, ok: true })
    expect(record?.spanContext).toMatchObject({ traceId: SPAN.traceId, spanId: SPAN.spanId })
    logger.level = 'error'
    logger.warn('not said')
    expect(exporter.getFinishedLogRecords()).toHaveLength(1)
  })

  it('emits records to a logger provider from its registration on', () => {
    logger.info('before')
    const exporter = recordLogs()
    logger.info('after')
    expect(exporter.getFinishedLogRecords().map(({ body }) => body)).toEqual(['after'])
  })

  it('omits data of the client from the line and from the record', () => {
    const exporter = recordLogs()
    const sentinel = 'SENTINEL'
    const refused = Object.assign(new Error('refused'), {
      code: 'E1',
      config: { headers: { authorization: sentinel } },
    })
    logger.info({ headers: { a: sentinel }, params: [sentinel], req: { headers: sentinel, body: sentinel } }, 'request')
    logger.error({ err: refused, arguments: { key: sentinel } }, 'failed')
    expect(lines.join()).not.toContain(sentinel)
    const records = exporter.getFinishedLogRecords()
    expect(JSON.stringify(records.map(({ attributes, body }) => [attributes, body]))).not.toContain(sentinel)
    expect(records[1]?.attributes).toMatchObject({ 'exception.type': 'Error', 'exception.message': 'refused' })
    expect(last().err).toMatchObject({ type: 'Error', message: 'refused', code: 'E1' })
  })

  it('accepts hostile values without throwing, and limits the size of a record', () => {
    const exporter = recordLogs()
    const circular: Record<string, unknown> = { big: 1n }
    circular['self'] = circular
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, 'x'.repeat(5_000)]))
    const error = new Error('x')
    Object.defineProperty(error, 'message', {
      get() {
        throw new Error('no')
      },
    })
    logger.info({ circular }, 'circular')
    logger.info(many, 'y'.repeat(5_000))
    logger.info({ err: error, ['__proto__']: { a: 1 } }, 'hostile')
    expect(lines).toHaveLength(3)
    const [, big] = exporter.getFinishedLogRecords()
    expect(exporter.getFinishedLogRecords()).toHaveLength(3)
    expect(Object.keys(big?.attributes ?? {})).toHaveLength(32)
    expect(String(big?.attributes['k0'])).toHaveLength(1_024)
    expect(String(big?.body)).toHaveLength(1_024)
  })

  it('neither blocks the program nor grows its memory when nothing reads stderr', async () => {
    const script = `${LOGGER}
    let n = 0
    const timer = setInterval(() => {
      for (let line = 0; line < 1_000; line += 1) logger.info({ text: 'x'.repeat(1_000) }, 'line')
      n += 1
      if (n === 50) process.stdout.write(String(process.memoryUsage().rss / 1e6))
    }, 1)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [megabytes] = await once(child.stdout, 'data')
    // 50 MB were logged.
    expect(Number(megabytes)).toBeLessThan(200)
  })

  it('writes 10,000 lines to stderr before an exit, and none to stdout', async () => {
    const script = `${LOGGER}
    for (let n = 0; n < 10_000; n += 1) logger.info({ n }, 'line')
    process.exit(0)`
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      maxBuffer: 1e8,
    })
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toHaveLength(10_000)
  })
})
