// Tests the length limit and the backpressure of lines on stdin.
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { boundedLines } from '../../../../src/server/stdio/bounded-lines.ts'

async function through(chunks: readonly (string | Buffer)[], maxBytes = 10): Promise<string> {
  const lines = boundedLines({ maxBytes, held: () => undefined })
  for (const chunk of chunks) lines.write(chunk)
  lines.end()
  return text(lines)
}

describe('boundedLines', () => {
  it('passes lines within the limit unchanged, however they are split into chunks', async () => {
    expect(await through(['one\ntw', 'o\n\r\n', 'thr', 'ee\n'])).toBe('one\ntwo\n\r\nthree\n')
  })

  it('preserves a character that is split between chunks', async () => {
    const bytes = Buffer.from('こ\n')

    expect(await through([bytes.subarray(0, 1), bytes.subarray(1)])).toBe('こ\n')
  })

  it('truncates a line at the limit, and passes the next line whole', async () => {
    expect(await through(['0123456789abc', 'def\nnext\n'])).toBe('0123456789\nnext\n')
  })

  it('adds a newline to a last line without one', async () => {
    expect(await through(['one\ntwo'])).toBe('one\ntwo\n')
  })

  it('passes nothing while it is held, and the line after it is released', async () => {
    const hold = Promise.withResolvers<void>()
    const lines = boundedLines({ maxBytes: 10, held: () => hold.promise })
    lines.end('one\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(lines.read()).toBeNull()

    hold.resolve()

    expect(await text(lines)).toBe('one\n')
  })
})
