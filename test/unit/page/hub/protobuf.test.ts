import { describe, expect, it } from 'vitest'
import { OTLP_REQUESTS } from '../../../../src/page/hub/otlp-messages.ts'
import { otlpReadings, resourceParts } from '../../../../src/page/hub/otlp-readings.ts'
import { decodeMessage } from '../../../../src/page/hub/protobuf.ts'

describe('decodeMessage', () => {
  it('rejects bytes that are no message, and never hangs on them', () => {
    let seed = 7
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
      return seed
    }
    let rejected = 0
    for (let round = 0; round < 2_000; round += 1) {
      const bytes = Buffer.from(Array.from({ length: 1 + (next() % 60) }, () => next() % 256))
      try {
        const parts = resourceParts(
          decodeMessage(bytes, OTLP_REQUESTS.metrics),
          'resourceMetrics',
          'scopeMetrics',
          'metrics',
        )
        for (const { parts: metrics } of parts) otlpReadings(metrics)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        rejected += 1
      }
    }
    expect(rejected).toBeGreaterThan(1_000)
  })

  it('rejects a field that is longer than the message', () => {
    expect(() => decodeMessage(Buffer.from([0x0a, 0x7f, 0x01]), OTLP_REQUESTS.logs)).toThrow(RangeError)
  })
})
