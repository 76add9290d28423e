import type { ExportResult } from '@opentelemetry/core'
import { ExportResultCode } from '@opentelemetry/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createExportAgent } from '../../../../src/telemetry/push/export-agent.ts'
import { withDeadline } from '../../../../src/telemetry/push/export-deadline.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'

afterEach(() => {
  vi.useRealTimers()
})

type Done = (result: ExportResult) => void

/** Creates an exporter with a deadline. Each batch is a function that decides the result of its export. */
function bounded(deadlineMs = 50) {
  const counts = { successes: 0, failures: [] as string[] }
  const slow: string[] = []
  const waiting: Done[] = []
  const exporter = {
    export(batch: (done: Done) => void, done: Done) {
      waiting.push(done)
      batch(done)
    },
    shutdown: () => new Promise<void>(() => {}),
    forceFlush: () => new Promise<void>(() => {}),
    temporality: () => 'cumulative',
  }
  const bounded = withDeadline(exporter, {
    deadlineMs,
    agent: createExportAgent({}, () => ({})),
    onSuccess: () => {
      counts.successes += 1
    },
    onFailure: ({ message }) => counts.failures.push(message),
    onSlow: (reason) => slow.push(reason),
  })
  return { bounded, counts, slow, waiting }
}
const exporting = (exporter: ReturnType<typeof bounded>['bounded'], batch: (done: Done) => void) =>
  new Promise<ExportResult>((resolve) => {
    exporter.export(batch, resolve)
  })

describe('withDeadline', () => {
  it('fails an export without an answer at its deadline, and ignores a later answer', async () => {
    const { bounded: exporter, counts, waiting } = bounded()
    const result = await exporting(exporter, () => {})
    expect(result.code).toBe(ExportResultCode.FAILED)
    for (const done of waiting) done({ code: ExportResultCode.SUCCESS })
    expect(counts).toEqual({ successes: 0, failures: ['no complete answer within 50 ms'] })
  })

  it('reports a slow export after half of the default deadline, and never an answered one', async () => {
    vi.useFakeTimers()
    const { bounded: exporter, slow, counts } = bounded(10_000)
    await exporting(exporter, (done) => done({ code: ExportResultCode.SUCCESS }))
    const never = exporting(exporter, () => {})
    vi.advanceTimersByTime(4_999)
    expect(slow).toEqual([])
    vi.advanceTimersByTime(1)
    expect(slow).toEqual(['no complete answer yet, after 5000 ms'])
    vi.advanceTimersByTime(5_000)
    await never
    expect(counts.failures).toHaveLength(1)
  })

  it('counts one result when an exporter answers twice, throws, or fails without a reason', async () => {
    const { bounded: exporter, counts } = bounded()
    const twice = await exporting(exporter, (done) => {
      done({ code: ExportResultCode.SUCCESS })
      done({ code: ExportResultCode.FAILED })
    })
    const thrown = await exporting(exporter, () => {
      throw new TypeError('no such thing')
    })
    const bare = await exporting(exporter, (done) => done({ code: ExportResultCode.FAILED }))
    expect([twice.code, thrown.code, bare.code]).toEqual([
      ExportResultCode.SUCCESS,
      ExportResultCode.FAILED,
      ExportResultCode.FAILED,
    ])
    expect(counts).toEqual({ successes: 1, failures: ['no such thing', 'refused, without a reason'] })
  })

  it('waits on shutdown for exports in progress, and fails those that never end', async () => {
    const { bounded: exporter, counts } = bounded(60_000)
    const slow = exporting(exporter, (done) => setImmediate(done, { code: ExportResultCode.SUCCESS }))
    const never = exporting(exporter, () => {})
    await exporter.shutdown()
    expect((await slow).code).toBe(ExportResultCode.SUCCESS)
    expect((await never).code).toBe(ExportResultCode.FAILED)
    expect(counts).toEqual({ successes: 1, failures: ['no complete answer before the telemetry was shut down'] })
  })

  it('waits on flush until the exports in progress have ended', async () => {
    const { bounded: exporter, counts, waiting } = bounded(60_000)
    const exported = exporting(exporter, () => {})
    const flushed = exporter.forceFlush()
    expect(counts.successes).toBe(0)
    await waitFor(() => waiting.length === 1)
    waiting[0]?.({ code: ExportResultCode.SUCCESS })
    await Promise.all([exported, flushed])
    expect(counts.successes).toBe(1)
  })

  it("passes calls of the exporter's other methods through", () => {
    expect(bounded().bounded.temporality()).toBe('cumulative')
  })
})
