import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { boundedLines } from '../../../../src/server/stdio/bounded-lines.ts'

async function through(chunks: readonly (string | Buffer)[], maxBytes = 10): Promise<string> {
  const lines = boundedLines({ maxBytes, held: () => undefined })
  for (const chunk of chunks) lines.write(chunk)
  lines.end()
  return text(lines)
}

test('lines within the bound pass as they are, however they are cut into chunks', async () => {
  expect(await through(['one\ntw', 'o\n\r\n', 'thr', 'ee\n'])).toBe('one\ntwo\n\r\nthree\n')
})

test('a letter that is cut in two between chunks stays whole', async () => {
  const bytes = Buffer.from('こ\n')

  expect(await through([bytes.subarray(0, 1), bytes.subarray(1)])).toBe('こ\n')
})

test('of a line that is too long, what is beyond the bound is left out, and the next line is whole', async () => {
  expect(await through(['0123456789abc', 'def\nnext\n'])).toBe('0123456789\nnext\n')
})

test('a last line without its newline gets one', async () => {
  expect(await through(['one\ntwo'])).toBe('one\ntwo\n')
})

test('nothing passes while it is held', async () => {
  const hold = Promise.withResolvers<void>()
  const lines = boundedLines({ maxBytes: 10, held: () => hold.promise })
  lines.end('one\n')
  await new Promise((resolve) => setImmediate(resolve))
  expect(lines.read()).toBeNull()

  hold.resolve()

  expect(await text(lines)).toBe('one\n')
})
