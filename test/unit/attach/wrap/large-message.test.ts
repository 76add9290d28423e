// Tests that a message read in pieces gives the same facts as the parsed message, wherever it is cut.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLargeMessage } from '../../../../src/attach/wrap/large-message.ts'

function scan(text: string, pieceLength = 7) {
  const bytes = Buffer.from(text)
  const message = createLargeMessage()
  for (let at = 0; at < bytes.length; at += pieceLength) message.push(bytes.subarray(at, at + pieceLength))
  return message.end()
}

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

describe('createLargeMessage', () => {
  it('keeps what decides about a call, and measures its arguments', () => {
    const args = { path: 'a"b\\', deep: [[{ name: 'x' }]], text: 'Zürich \u0001' }
    const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'write', arguments: args } }

    expect(scan(JSON.stringify(call))).toEqual({
      message: { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'write', arguments: {} } },
      argumentBytes: bytesOf(args),
      resultBytes: undefined,
    })
  })

  it('keeps how a result ended, and measures it', () => {
    const result = {
      content: [{ type: 'text', text: 'no', isError: false }],
      isError: true,
      structuredContent: { success: false, error_type: 'forbidden' },
    }

    expect(scan(JSON.stringify({ result, jsonrpc: '2.0', id: 'a' }, null, 2))).toEqual({
      message: {
        result: { isError: true, structuredContent: { success: false, error_type: 'forbidden' } },
        jsonrpc: '2.0',
        id: 'a',
      },
      argumentBytes: undefined,
      resultBytes: bytesOf(result),
    })
  })

  it('keeps the code of an error, and the names in a list', () => {
    expect(scan('{"id":1,"error":{"code":-32602,"message":"no"}}')?.message).toEqual({
      id: 1,
      error: { code: -32_602 },
    })
    const result = { tools: [{ name: 'a', inputSchema: { name: 'b' } }, { name: 'c' }], nextCursor: 'd' }
    expect(scan(JSON.stringify({ id: 1, result }))?.message).toEqual({
      id: 1,
      result: { tools: [{ name: 'a' }, { name: 'c' }], nextCursor: 'd' },
    })
  })

  it('gives the sizes of any JSON, however it is spaced and cut', () => {
    const message = fc.record({
      id: fc.nat(),
      result: fc.object({ withUnicodeString: true } as never),
      params: fc.record({ arguments: fc.object() }),
    })
    fc.assert(
      fc.property(
        message,
        fc.constantFrom(0, 1, '\t'),
        fc.integer({ min: 1, max: 50 }),
        (given, space, pieceLength) => {
          const value = JSON.parse(JSON.stringify(given))
          const scanned = scan(JSON.stringify(value, null, space), pieceLength)
          expect(scanned?.message['id']).toBe(value.id)
          expect(scanned?.resultBytes).toBe(bytesOf(value.result))
          expect(scanned?.argumentBytes).toBe(bytesOf(value.params.arguments))
        },
      ),
    )
  })

  it('gives the sizes that JSON.stringify gives, however other languages write escapes and numbers', () => {
    const escaped = (text: string) =>
      text.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const text =
      '\\ud83d\\ude00 \\u0041 \\/ \\u002f \\u000a \\u001f \\u0022 \\u00e9 \\u20AC \\ud83d \\ude00 \\ud83dx\\ude00'
    const numbers = '[1.0,-0,1e3,1E400,0.10,12345678901234567890,-1.5e-7,true,null]'
    for (const result of [`{"text":"${text}","numbers":${numbers}}`, `{"text":"\\ud83d","more":"\\ude00"}`])
      for (const pieceLength of [1, 5, 1_000])
        expect(scan(`{"result":${result}}`, pieceLength)?.resultBytes).toBe(bytesOf(JSON.parse(result)))
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (given, pieceLength) => {
        const result = { [given]: given }
        expect(scan(escaped(JSON.stringify({ result })), pieceLength)?.resultBytes).toBe(bytesOf(result))
      }),
    )
  })

  it.each(['', '[1]', '{"a":1', '"text"', '{"a":1}}', '{]', '7', '{"id":1} x'])('gives nothing for %j', (text) => {
    expect(scan(text)).toBeUndefined()
  })

  it('gives up on what nests without end, and keeps nothing of it', () => {
    expect(scan('{"a":'.repeat(100_000), 65_536)).toBeUndefined()
  })

  it('does not keep a name that no label could be', () => {
    expect(scan(JSON.stringify({ id: 1, params: { name: 'x'.repeat(5_000) } }), 64)?.message).toEqual({
      id: 1,
      params: {},
    })
  })
})
