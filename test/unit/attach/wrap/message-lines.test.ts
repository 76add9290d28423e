// Tests how a stream of bytes becomes messages.
import { describe, expect, it } from 'vitest'
import type { Line, MessageLinesOptions } from '../../../../src/attach/wrap/message-lines.ts'
import { createMessageLines, MAX_COLLECTED, MAX_PARSED } from '../../../../src/attach/wrap/message-lines.ts'

function linesOf(
  text: string,
  pieceLength: number,
  large: ReturnType<MessageLinesOptions['large']> = 'parsed',
): Line[] {
  const bytes = Buffer.from(text)
  const lines = createMessageLines({ large: () => large })
  const found: Line[] = []
  for (let at = 0; at < bytes.length; at += pieceLength) found.push(...lines.push(bytes.subarray(at, at + pieceLength)))
  return found
}

describe('createMessageLines', () => {
  it.each([1, 3, 1_000])('reads messages that come in pieces of %i bytes', (pieceLength) => {
    expect(linesOf('{"id":1}\r\n\n \r\n log \n{no\n{"id":"ü"}\n{"id":3}', pieceLength)).toEqual([
      { message: { id: 1 } },
      { message: undefined },
      { message: undefined },
      { message: { id: 'ü' } },
    ])
  })

  it('measures a line over the bound instead of collecting it, and reads the next one as before', () => {
    const text = 'x'.repeat(MAX_COLLECTED)
    const [large, next] = linesOf(`{"id":1,"result":{"text":"${text}"}}\n{"id":2}\n`, 65_536)

    expect(large?.message).toEqual({ id: 1, result: {} })
    expect(large?.scanned?.resultBytes).toBe(MAX_COLLECTED + '{"text":""}'.length)
    expect(next).toEqual({ message: { id: 2 } })
  })

  /** A message of so many bytes, without its line end. */
  const messageOf = (bytes: number) => {
    const frame = '{"id":1,"result":{"text":""}}'
    return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`)
  }

  it('parses a line of exactly the bound that is given', () => {
    const [parsed] = linesOf(`${messageOf(MAX_COLLECTED)}\n`, 65_536)
    const [small] = linesOf(`${messageOf(MAX_PARSED)}\n`, 1_000, 'scanned')
    const [scanned] = linesOf(`${messageOf(MAX_PARSED + 1)}\n`, 1_000, 'scanned')

    for (const line of [parsed, small]) {
      expect(line?.scanned).toBeUndefined()
      expect(line?.message).toHaveProperty('result.text')
    }
    expect(scanned?.message).toEqual({ id: 1, result: {} })
    expect(scanned?.read).toBeUndefined()
  })

  it('keeps a line up to the bound, to be parsed if that is needed', () => {
    const text = messageOf(MAX_COLLECTED)
    const [kept] = linesOf(`${text}\n`, 65_536, 'kept')
    const [forgotten] = linesOf(`${messageOf(MAX_COLLECTED + 1)}\n`, 65_536, 'kept')

    expect(kept?.message).toEqual({ id: 1, result: {} })
    expect(kept?.read?.()).toEqual(JSON.parse(text))
    expect(forgotten?.message).toEqual({ id: 1, result: {} })
    expect(forgotten?.read).toBeUndefined()
  })

  it('parses a large batch of messages', () => {
    const [line] = linesOf(`[${messageOf(MAX_PARSED)},{"id":2}]\n`, 1_000, 'scanned')

    expect(line?.message).toHaveLength(2)
  })
})
