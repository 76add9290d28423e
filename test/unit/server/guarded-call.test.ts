import { expect, test } from 'vitest'
import { z } from 'zod'
import { ToolError } from '../../../src/index.ts'
import type { Tool, ToolContext } from '../../../src/server/tools/tool.ts'
import { clientOfTools } from '../../support/clients/client-of-tools.ts'

type Run = (context: ToolContext) => Promise<unknown>

/** A client of a server with one tool, and what the server logged. */
async function clientOf(run: Run, { deadlineMs = 10_000, limit = 4, maxQueue = 4 } = {}) {
  const tool: Tool = {
    name: 'the_tool',
    title: 'The tool',
    description: 'A tool.',
    input: {},
    output: { value: z.unknown() },
    annotations: {},
    run: (_, context) => run(context) as Promise<Record<string, unknown>>,
  }
  const { call, lines } = await clientOfTools([tool], { deadlineMs, limit, maxQueue })
  return { call: (options: { signal?: AbortSignal } = {}) => call('the_tool', {}, options), lines }
}

test('a tool’s value is answered as structure and as text', async () => {
  const { call } = await clientOf(async () => ({ value: [1, 'two'] }))

  expect(await call()).toEqual({ isError: false, text: '{"value":[1,"two"]}', structured: { value: [1, 'two'] } })
})

test('what a ToolError says reaches the client, for the model to act on', async () => {
  const { call, lines } = await clientOf(async () => {
    throw new ToolError('not_found', 'There is no such thing. List them first.')
  })

  expect(await call()).toMatchObject({ isError: true, text: 'There is no such thing. List them first.' })
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', tool: 'the_tool', kind: 'not_found' })
})

test.each([
  ['an error', () => new RangeError('canary-in-message')],
  ['a text', () => 'canary-in-message'],
  ['nothing', () => undefined],
  [
    'an object whose toString throws',
    () => ({
      toString: () => {
        throw new Error('canary-in-message')
      },
    }),
  ],
  ['an object without a prototype', () => Object.create(null)],
])(
  '%s that nobody expected is one plain sentence to the client, and a place in the code to the log',
  async (_, thrown) => {
    const { call, lines } = await clientOf(async () => {
      throw thrown()
    })

    const { isError, text } = await call()

    expect(isError).toBe(true)
    expect(text).toMatch(/^the_tool failed because of a fault in the server\./)
    expect(text + lines.join()).not.toContain('canary')
    expect(lines.join()).toContain('tool call failed by a bug')
    if (thrown() instanceof Error) expect(lines.join()).toMatch(/guarded-call\.test\.ts/)
  },
)

test.each([
  ['a BigInt', () => ({ value: 1n })],
  [
    'a circle',
    () => {
      const value: Record<string, unknown> = {}
      value['value'] = value
      return value
    },
  ],
])('a value that JSON cannot say, as %s, is answered with an error and not with silence', async (_, value) => {
  const { call } = await clientOf(async () => value())

  expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('fault in the server') })
})

test('past the deadline the tool is told to stop, and its client what happened', async () => {
  let reason: unknown
  const { call } = await clientOf(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          reason = signal.reason
          reject(signal.reason)
        })
      }),
    { deadlineMs: 50 },
  )

  expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('did not finish within 0.05 s') })
  expect(reason).toMatchObject({ kind: 'timeout' })
})

test('a tool that does not listen is answered for all the same, and may fail later without harm', async () => {
  const late = Promise.withResolvers<unknown>()
  const { call } = await clientOf(() => late.promise, { deadlineMs: 50 })

  expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('did not finish') })
  // An unhandled rejection would fail this test run.
  late.reject(new Error('too late'))
  await new Promise((resolve) => setImmediate(resolve))
})

test('calls beyond the limit wait, and beyond the queue they are refused', async () => {
  let running = 0
  let most = 0
  const release = Promise.withResolvers<void>()
  const { call } = await clientOf(
    async () => {
      running += 1
      most = Math.max(most, running)
      await release.promise
      running -= 1
      return { value: 'done' }
    },
    { limit: 2, maxQueue: 3 },
  )
  const calls = Array.from({ length: 8 }, () => call())
  await Promise.race(calls)
  release.resolve()

  const answers = await Promise.all(calls)

  expect(most).toBe(2)
  expect(answers.filter(({ isError }) => !isError)).toHaveLength(5)
  expect(answers.filter(({ text }) => text.startsWith('The server is busy'))).toHaveLength(3)
})

test('the deadline counts the time in the queue', async () => {
  const { call } = await clientOf(() => new Promise(() => {}), { deadlineMs: 60, limit: 1 })

  const answers = await Promise.all([call(), call(), call()])

  expect(answers.every(({ text }) => text.includes('did not finish within'))).toBe(true)
})

test('a call that its client cancels is stopped and is no fault in the log', async () => {
  const stopped = Promise.withResolvers<void>()
  const started = Promise.withResolvers<void>()
  const { call, lines } = await clientOf(
    ({ signal }) =>
      new Promise((_, reject) => {
        started.resolve()
        signal.addEventListener('abort', () => {
          reject(signal.reason)
          stopped.resolve()
        })
      }),
  )
  const controller = new AbortController()
  const cancelled = call({ signal: controller.signal })
  cancelled.catch(() => {})
  await started.promise

  controller.abort()

  await stopped.promise
  await expect(cancelled).rejects.toThrow()
  expect(lines).toEqual([])
})
