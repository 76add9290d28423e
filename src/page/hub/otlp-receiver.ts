// What both ways into the hub share: who may send, how much, how often, and what the bytes mean.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { OtlpSignal } from './otlp-messages.ts'
import { OTLP_REQUESTS } from './otlp-messages.ts'
import { decodeMessage } from './protobuf.ts'

/** Bytes of one request, after decompression. */
export const MAX_REQUEST_BYTES = 4 * 1024 * 1024
/** Requests a second, over all servers: fifty servers that push three signals every second, and some. */
export const MAX_REQUESTS_PER_SECOND = 200

export type Verdict = 'taken' | 'unauthorized' | 'too many requests' | 'too many servers' | 'not OTLP'

export interface OtlpReceiver {
  /** @param authorization The header of that name. */
  receive(signal: OtlpSignal, body: Buffer, isJson: boolean): Verdict
  /** Looked at before a body is read. */
  admit(authorization: string | undefined): Verdict | undefined
}

interface ReceiverOptions {
  /** The bearer token to ask for; undefined asks for none. */
  readonly token: string | undefined
  readonly take: (signal: OtlpSignal, request: unknown) => boolean
  readonly now?: () => number
}

export function createOtlpReceiver({ token, take, now = () => performance.now() }: ReceiverOptions): OtlpReceiver {
  let allowance = MAX_REQUESTS_PER_SECOND
  let countedAt = now()
  return {
    admit(authorization) {
      if (token !== undefined && !isSame(authorization ?? '', `Bearer ${token}`)) return 'unauthorized'
      const at = now()
      allowance = Math.min(MAX_REQUESTS_PER_SECOND, allowance + ((at - countedAt) / 1_000) * MAX_REQUESTS_PER_SECOND)
      countedAt = at
      if (allowance < 1) return 'too many requests'
      allowance -= 1
      return undefined
    },
    receive(signal, body, isJson) {
      let request: unknown
      try {
        request = isJson ? JSON.parse(body.toString('utf8')) : decodeMessage(body, OTLP_REQUESTS[signal])
      } catch {
        return 'not OTLP'
      }
      return take(signal, request) ? 'taken' : 'too many servers'
    },
  }
}

function isSame(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
