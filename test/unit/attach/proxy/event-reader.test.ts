import { createParser } from 'eventsource-parser'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventReader } from '../../../../src/attach/proxy/event-reader.ts'
import { createMessageBodies } from '../../../../src/attach/proxy/message-body.ts'

function read(pieces: readonly Buffer[], maxHeld?: number) {
  const reader = createEventReader(createMessageBodies(maxHeld))
  return pieces.flatMap((piece) => reader.push(piece))
}

/** The same by the parser that the SDKs use; its events that are valid JSON. */
function expected(text: string) {
  const events: { id: string | undefined; message: unknown }[] = []
  let last: string | undefined
  const parser = createParser({
    onEvent({ id, data }) {
      last = id
      if (data !== '') events.push({ id: last, message: parsed(data) })
    },
  })
  parser.feed(text)
  return events.filter(({ message }) => message !== undefined)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const line = fc.oneof(
  fc.jsonValue().map((value) => `data: ${JSON.stringify({ value })}`),
  fc.jsonValue().map((value) => `data:${JSON.stringify(value, null, 1).replaceAll('\n', '\ndata: ')}`),
  fc.constantFrom('', ': keep-alive', 'data', 'data:', 'event: message', 'retry: 5', 'idea: no', 'datatype: no', 'x'),
  fc.stringMatching(/^[a-z0-9:_-]{0,20}$/).map((id) => `id: ${id}`),
)

describe('createEventReader', () => {
  it('reads the messages that the parser of the SDKs reads, wherever chunks are cut', () => {
    const ends = fc.constantFrom('\n', '\r\n', '\r')
    fc.assert(
      fc.property(fc.array(line), ends, fc.array(fc.nat(200)), (lines, end, cuts) => {
        // That parser waits for what follows a carriage return.
        const text = `${[...lines, '', ''].join('\n').replaceAll('\n', end)}: end\n`
        const bytes = Buffer.from(text)
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
        const pieces = at.slice(1).map((to, index) => bytes.subarray(at[index], to))
        const events = read(pieces).map(({ id, data }) => ({ id, message: data.message }))
        const mine = events.filter(({ message }) => message !== undefined)

        // The parser of the SDKs forgets an id at the next event; the standard keeps it.
        expect(mine.map(({ message }) => message)).toEqual(expected(text).map(({ message }) => message))
      }),
      { numRuns: 500 },
    )
  })

  it('names the last event id, also for events without one of their own', () => {
    const text = 'id: a\ndata: 1\n\ndata: 2\n\nid: b\ndata: 3\n\nid\ndata: 4\n\n'
    const bytes = [...Buffer.from(text)].map((byte) => Buffer.of(byte))

    expect(read(bytes).map(({ id, data }) => [id, data.message])).toEqual([
      ['a', 1],
      ['a', 2],
      ['b', 3],
      ['', 4],
    ])
  })

  it('measures an event that is too large to be collected', () => {
    const text = 'x'.repeat(2_000_000)
    const event = Buffer.from(`data: {"jsonrpc":"2.0","id":7,"result":{"content":"${text}"}}\n\n`)
    const pieces = Array.from({ length: 40 }, (_, index) => event.subarray(index * 52_000, (index + 1) * 52_000))

    const [{ data } = { data: undefined }] = read(pieces)
    expect(data?.message).toEqual({ jsonrpc: '2.0', id: 7, result: {} })
    expect(data?.scanned?.resultBytes).toBe(text.length + '{"content":""}'.length)
  })

  it('scans an event where no more bytes may be held', () => {
    const [{ data } = { data: undefined }] = read([Buffer.from('data: {"id":1,"result":{"a":1}}\n\n')], 10)

    expect(data?.scanned?.resultBytes).toBe(7)
  })
})
