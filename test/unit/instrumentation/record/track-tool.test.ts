import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import { ToolError } from '../../../../src/instrumentation/outcome/tool-error.ts'
import { trackTool } from '../../../../src/instrumentation/record/track-tool.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { waitFor } from '../../../support/programs/wait-for.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  recorded = recordSeries()
})

describe('trackTool', () => {
  it('keeps this, arguments, result, name and length of a function, and stays synchronous', () => {
    const counter = {
      base: 1,
      add: trackTool('add', function add(this: { base: number }, a: number, b: number) {
        return this.base + a + b
      }),
    }

    expect(counter.add(2, 3)).toBe(6)
    expect(counter.add.name).toBe('add')
    expect(counter.add.length).toBe(2)
  })

  it('keeps the properties that a program has added to a function', () => {
    const fn = Object.assign(
      function give(a: number) {
        return a
      },
      { description: 'Gives back.' },
    )
    const tracked = trackTool('described', fn)

    expect(tracked.description).toBe('Gives back.')
    expect([tracked.name, tracked.length, tracked(7)]).toEqual([fn.name, 1, 7])
  })

  it('returns the same promise as the function', async () => {
    const promise = Promise.resolve({ content: [] })

    expect(trackTool('same_promise', () => promise)()).toBe(promise)
    await promise
  })

  it('rethrows an error unchanged, and counts it by its class', async () => {
    class QuotaError extends Error {}
    const errors: [string, unknown][] = [
      ['RangeError', new RangeError('x')],
      ['QuotaError', new QuotaError('x')],
      ['conflict', new ToolError('conflict', 'x')],
      ['_OTHER', 'a string'],
      ['_OTHER', Object.create(null)],
      ['AbortError', new DOMException('x', 'AbortError')],
    ]
    for (const [, error] of errors) {
      const fails = trackTool(
        'fails',
        async () => {
          throw error
        },
        { errorTypes: ['QuotaError'] },
      )
      const throws = trackTool(
        'fails',
        () => {
          throw error
        },
        { errorTypes: ['QuotaError'] },
      )
      expect(await fails().catch((caught: unknown) => caught)).toBe(error)
      expect(() => throws()).toThrow()
    }

    for (const type of new Set(errors.map(([type]) => type))) {
      const times = errors.filter(([other]) => other === type).length * 2
      expect(await recorded.value(`mcp_tool_errors_total{error_type="${type}",tool_name="fails"}`)).toBe(times)
    }
    expect(await recorded.value('mcp_tool_calls_total{status="error",tool_name="fails"}')).toBe(errors.length * 2)
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
  })

  it('counts a result with success: false or isError: true as an error', async () => {
    await trackTool('lab', async () => ({ success: false, error_type: 'validation_error' }))()
    await trackTool('lab', async () => ({ success: false, error_type: 'made up' }))()
    await trackTool('lab', async () => ({ success: true }))()
    await trackTool('lab', async () => ({ isError: true, content: [] }))()

    expect(await recorded.nonZero('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="validation_error",tool_name="lab"}': 1,
      'mcp_tool_errors_total{error_type="_OTHER",tool_name="lab"}': 1,
      'mcp_tool_errors_total{error_type="tool_error",tool_name="lab"}': 1,
    })
    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="lab"}')).toBe(1)
  })

  it('starts its series at 0, and measures the duration of every call', async () => {
    const tool = trackTool('starts', () => 1)
    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="starts"}')).toBe(0)
    expect(await recorded.value('mcp_tool_errors_total{error_type="timeout",tool_name="starts"}')).toBe(0)

    tool()
    tool()

    expect(await recorded.value('mcp_tool_duration_seconds_count{tool_name="starts"}')).toBe(2)
  })

  it('counts once under an instrumented server with the same name, and separately with another name', async () => {
    const server = instrumentMcpServer(new McpServer({ name: 'tracked', version: '1' }))
    server.registerTool(
      'outer',
      {},
      trackTool('outer', () => {
        trackTool('inner', () => 1)()
        return { content: [] }
      }),
    )
    const client = await linkedClient(server)

    await client.callTool({ name: 'outer' })

    expect(await recorded.nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="outer"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="inner"}': 1,
    })
    await client.close()
  })

  it('returns a promise of a subclass unchanged, and counts its end without a call of its then', async () => {
    let thens = 0
    class Lazy<T> extends Promise<T> {
      // biome-ignore lint/suspicious/noThenProperty: the very thing under test
      override then(...args: never[]): never {
        thens += 1
        return super.then(...args) as never
      }
    }
    const lazy = Lazy.reject<number>(new RangeError('x'))

    expect(trackTool('subclass', () => lazy)()).toBe(lazy)

    await waitFor(
      async () => (await recorded.value('mcp_tool_errors_total{error_type="RangeError",tool_name="subclass"}')) === 1,
    )
    expect(thens).toBe(0)
  })

  it('returns and counts a thenable that is not a promise without starting it', async () => {
    let started = false
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: the very thing under test
      then: () => {
        started = true
      },
    }

    expect(trackTool('query', () => query)()).toBe(query)

    expect(started).toBe(false)
    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="query"}')).toBe(1)
    expect(await recorded.nonZero('mcp_active_requests')).toEqual({})
  })

  it('counts a call that runs while telemetry starts as active, and returns to 0', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const call = trackTool('early', () => promise)()
    recorded = recordSeries()
    trackTool('early', () => 1)()
    expect(await recorded.value('mcp_active_requests{tool_name="early"}')).toBe(1)

    resolve()
    await call

    expect(await recorded.value('mcp_active_requests{tool_name="early"}')).toBe(0)
    expect(await recorded.value('mcp_tool_calls_total{status="success",tool_name="early"}')).toBe(2)
  })

  it('counts a recursive function once, and a call that it schedules when that runs', async () => {
    const left = Promise.withResolvers<void>()
    const countdown = trackTool('countdown', (from: number): number => {
      if (from > 0) return countdown(from - 1)
      if (from < 0) return from
      setImmediate(() => {
        countdown(-1)
        left.resolve()
      })
      return from
    })
    const calls = () => recorded.value('mcp_tool_calls_total{status="success",tool_name="countdown"}')

    expect(countdown(3)).toBe(0)
    expect(await calls()).toBe(1)
    await left.promise

    expect(await calls()).toBe(2)
  })
})
