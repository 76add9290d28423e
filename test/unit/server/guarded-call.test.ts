// Tests how a tool call is guarded: its errors, deadline, concurrency limit and cancellation.
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ToolError } from '../../../src/index.ts'
import type { Tool, ToolContext } from '../../../src/server/tools/tool.ts'
import { clientOfTools } from '../../support/clients/client-of-tools.ts'

type Run = (context: ToolContext) => Promise<unknown>

/** Returns a client of a server with one tool, and the log lines of the server. */
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

describe('guardedCall', () => {
  it('returns the value of a tool as structured content and as text', async () => {
    const { call } = await clientOf(async () => ({ value: [1, 'two'] }))

    expect(await call()).toEqual({ isError: false, text: '{"value":[1,"two"]}', structured: { value: [1, 'two'] } })
  })

  it('returns the message of a ToolError to the client, and logs its kind', async () => {
    const { call, lines } = await clientOf(async () => {
      throw new ToolError('not_found', 'There is no such thing. List them first.')
    })

    expect(await call()).toMatchObject({ isError: true, text: 'There is no such thing. List them first.' })
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', tool: 'the_tool', kind: 'not_found' })
  })

  it.each([
    ['an error', () => new RangeError('canary-in-message')],
    ['a string', () => 'canary-in-message'],
    ['undefined', () => undefined],
    [
      'an object whose toString throws',
      () => ({
        toString: () => {
          throw new Error('canary-in-message')
        },
      }),
    ],
    ['an object without a prototype', () => Object.create(null)],
  ])('returns a plain sentence and logs a bug without its message when a tool throws %s', async (_, thrown) => {
    const { call, lines } = await clientOf(async () => {
      throw thrown()
    })

    const { isError, text } = await call()

    expect(isError).toBe(true)
    expect(text).toMatch(/^the_tool failed because of a bug in the server\./)
    expect(text + lines.join()).not.toContain('canary')
    expect(lines.join()).toContain('tool call failed because of a bug')
    if (thrown() instanceof Error) expect(lines.join()).toMatch(/guarded-call\.test\.ts/)
  })

  it.each([
    ['a BigInt', () => ({ value: 1n })],
    [
      'a circular object',
      () => {
        const value: Record<string, unknown> = {}
        value['value'] = value
        return value
      },
    ],
  ])('returns an error for %s, which JSON cannot represent', async (_, value) => {
    const { call } = await clientOf(async () => value())

    expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('bug in the server') })
  })

  it('aborts the tool with a timeout at the deadline, and reports it to the client', async () => {
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

  it('returns a timeout even if the tool ignores the signal, and handles its late rejection', async () => {
    const late = Promise.withResolvers<unknown>()
    const { call } = await clientOf(() => late.promise, { deadlineMs: 50 })

    expect(await call()).toMatchObject({ isError: true, text: expect.stringContaining('did not finish') })
    // An unhandled rejection would fail this test run.
    late.reject(new Error('too late'))
    await new Promise((resolve) => setImmediate(resolve))
  })

  it('queues calls beyond the limit, and rejects calls beyond the queue as busy', async () => {
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

  it('counts the time in the queue toward the deadline', async () => {
    const { call } = await clientOf(() => new Promise(() => {}), { deadlineMs: 60, limit: 1 })

    const answers = await Promise.all([call(), call(), call()])

    expect(answers.every(({ text }) => text.includes('did not finish within'))).toBe(true)
  })

  it('stops a cancelled call, and logs nothing', async () => {
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
})
