import { describe, expect, it } from 'vitest'
import { createOtlpReceiver, MAX_REQUESTS_PER_SECOND } from '../../../../src/page/hub/otlp-receiver.ts'

describe('createOtlpReceiver', () => {
  it('admits a bounded number of requests a second', () => {
    let now = 0
    const { admit } = createOtlpReceiver({ token: undefined, take: () => true, now: () => now })
    for (let request = 0; request < MAX_REQUESTS_PER_SECOND; request += 1) expect(admit(undefined)).toBeUndefined()
    expect(admit(undefined)).toBe('too many requests')
    now = 1_000
    expect(admit(undefined)).toBeUndefined()
  })

  it('asks for the bearer token, if there is one', () => {
    const { admit } = createOtlpReceiver({ token: 'right', take: () => true })
    for (const given of [undefined, '', 'right', 'Bearer wrong', 'Bearer rightx'])
      expect(admit(given)).toBe('unauthorized')
    expect(admit('Bearer right')).toBeUndefined()
  })

  it('says why a request was not taken', () => {
    const { receive } = createOtlpReceiver({ token: undefined, take: () => false })
    expect(receive('logs', Buffer.from('{'), true)).toBe('not OTLP')
    expect(receive('logs', Buffer.from('{}'), true)).toBe('too many servers')
  })
})
