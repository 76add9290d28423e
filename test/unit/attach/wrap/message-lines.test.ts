// Tests how a stream of bytes becomes messages.
import { describe, expect, it } from 'vitest'
import type { Line } from '../../../../src/attach/wrap/message-lines.ts'
import { createMessageLines, MAX_COLLECTED } from '../../../../src/attach/wrap/message-lines.ts'

function linesOf(text: string, pieceLength: number): Line[] {
  const bytes = Buffer.from(text)
  const lines = createMessageLines()
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

  it('collects a line of exactly the bound', () => {
    const frame = '{"id":1,"text":""}'
    const [line] = linesOf(`${frame.slice(0, -2)}${'x'.repeat(MAX_COLLECTED - frame.length)}"}\n`, 65_536)

    expect(line?.scanned).toBeUndefined()
    expect(line?.message).toHaveProperty('text')
  })
})
