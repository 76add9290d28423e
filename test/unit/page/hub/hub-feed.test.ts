import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createHubFeed } from '../../../../src/page/hub/hub-feed.ts'
import { createPageModel } from '../../../../src/page/model/page-model.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const resource = (name: string) => ({ attributes: [text('service.name', name)] })
const metricsOf = (name: string, metric: string, value: number) => ({
  resourceMetrics: [
    {
      resource: resource(name),
      scopeMetrics: [
        {
          metrics: [
            {
              name: metric,
              sum: {
                isMonotonic: true,
                aggregationTemporality: 2,
                dataPoints: [
                  { attributes: [text('tool.name', 'add'), text('status', 'success')], asInt: String(value) },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
})
const spansOf = (name: string, attributes: readonly object[]) => ({
  resourceSpans: [
    {
      resource: resource(name),
      scopeSpans: [
        {
          spans: [
            {
              traceId: '0af7651916cd43dd8448eb211c80319c',
              spanId: 'b7ad6b7169203331',
              name: 'tools/call add',
              kind: 2,
              startTimeUnixNano: '1000000000',
              endTimeUnixNano: '1250000000',
              attributes,
            },
          ],
        },
      ],
    },
  ],
})

function start(maxServers = 5) {
  const model = createPageModel(maxServers)
  const steps: { server: string; numbers?: number[][]; calls: { tool: string; seconds: number }[] }[] = []
  const onServers = vi.fn()
  const feed = createHubFeed({
    model,
    onStep: (server, json) => steps.push({ server, ...JSON.parse(json) }),
    onServers,
  })
  return { model, steps, onServers, feed }
}

describe('createHubFeed', () => {
  it('takes one step a second for each server, with what changed since the last one', () => {
    const { steps, onServers, feed } = start()
    expect(feed.take('metrics', metricsOf('a', 'mcp.tool.calls', 3))).toBe(true)
    vi.advanceTimersByTime(1_000)
    feed.take('metrics', metricsOf('a', 'mcp.tool.calls', 4))
    feed.take('metrics', metricsOf('a', 'mcp.tool.calls', 5))
    vi.advanceTimersByTime(1_000)
    feed.stop()
    vi.advanceTimersByTime(5_000)

    expect(onServers).toHaveBeenCalledTimes(1)
    expect(steps.map(({ server, numbers }) => [server, numbers?.map(([, total, more]) => [total, more])])).toEqual([
      ['a', [[3, 0]]],
      // Two pushes within the second count once.
      ['a', [[5, 2]]],
    ])
  })

  it('makes calls of the spans of a server, and keeps their traces', () => {
    const { model, steps, feed } = start()
    feed.take('traces', spansOf('a', [text('mcp.method.name', 'tools/call'), text('gen_ai.tool.name', 'add')]))
    vi.advanceTimersByTime(1_000)
    feed.stop()

    expect(steps[0]?.calls).toMatchObject([{ tool: 'add', status: 'success', seconds: 0.25 }])
    expect(model.find('a')?.trace('0af7651916cd43dd8448eb211c80319c')?.spans).toHaveLength(1)
  })

  it('refuses a server that finds no room, and gives none to a sender that is no MCP server', () => {
    const { model, feed } = start(1)
    expect(feed.take('traces', spansOf('a trace store', [text('http.route', '/api')]))).toBe(true)
    expect(feed.take('metrics', metricsOf('a web server', 'http.server.request.duration', 1))).toBe(true)
    expect(model.all()).toEqual([])

    expect(feed.take('metrics', metricsOf('a', 'mcp.tool.calls', 1))).toBe(true)
    vi.advanceTimersByTime(1_000)
    expect(feed.take('metrics', metricsOf('b', 'mcp.tool.calls', 1))).toBe(false)
    expect(model.all().map(({ id }) => id)).toEqual(['a'])
    feed.stop()
  })
})
