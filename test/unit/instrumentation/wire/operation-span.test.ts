import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { CreateMessageRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { metrics, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { instrumentMcpClient } from '../../../../src/instrumentation/in-process/mcp-client.ts'
import { instrumentMcpServer } from '../../../../src/instrumentation/in-process/mcp-server.ts'
import type { InstrumentOptions } from '../../../../src/instrumentation/wire/instrument-options.ts'
import { linkedClient } from '../../../support/clients/linked-client.ts'
import { createMetricsPipeline } from '../../../support/telemetry/metrics-pipeline.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'
import type { RecordedSpans } from '../../../support/telemetry/recorded-spans.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

const SENTINEL = 'S3NT1NEL'
let spans: RecordedSpans
beforeEach(() => {
  recordSeries()
  spans = recordSpans()
})

async function connect(options: InstrumentOptions = {}, wrap: (client: Client) => Client = (client) => client) {
  const server = instrumentMcpServer(new McpServer({ name: 'traced', version: '1' }), options)
  server.registerTool('look', { inputSchema: { secret: z.string().optional() } }, ({ secret }) => {
    trace.getTracer('the tool').startActiveSpan('inside the tool', (span) => span.end())
    return {
      content: [{ type: 'text', text: `${secret} ${propagation.getActiveBaggage()?.getEntry('tenant')?.value}` }],
    }
  })
  server.registerTool('fails', {}, () => {
    throw new Error(SENTINEL)
  })
  const client = wrap(new Client({ name: 'x', version: '1' }, { capabilities: { sampling: {} } }))
  return { server, client: await linkedClient(server, client) }
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const _meta = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`, tracestate: 'a=b', baggage: 'tenant=acme' }

describe('the server span of a tool call', () => {
  it('continues the trace and baggage of _meta, has the call attributes, and is the parent of tool spans', async () => {
    const { client } = await connect()

    const result = await client.callTool({ name: 'look', _meta })

    const server = spans.named('tools/call look', SpanKind.SERVER)
    expect(server.parentSpanContext?.spanId).toBe('b7ad6b7169203331')
    expect(server.spanContext()).toMatchObject({ traceId: TRACE_ID })
    expect(server.spanContext().traceState?.serialize()).toBe('a=b')
    expect(spans.named('inside the tool').parentSpanContext?.spanId).toBe(server.spanContext().spanId)
    expect(result.content).toEqual([{ type: 'text', text: 'undefined acme' }])
    expect(server.attributes).toMatchObject({
      'mcp.method.name': 'tools/call',
      'gen_ai.tool.name': 'look',
      'gen_ai.operation.name': 'execute_tool',
      'mcp.protocol.version': '2025-11-25',
      'jsonrpc.request.id': '1',
    })
    expect(server.status.code).toBe(SpanStatusCode.UNSET)
  })

  it('links to the ambient span when _meta contains a parent, and is its child otherwise', async () => {
    const { client } = await connect()

    await trace.getTracer('ambient').startActiveSpan('POST /mcp', async (span) => {
      await client.callTool({ name: 'look', _meta })
      span.end()
    })
    const ambient = spans.named('POST /mcp').spanContext()
    const server = spans.named('tools/call look', SpanKind.SERVER)
    expect(server.links.map((link) => link.context.spanId)).toEqual([ambient.spanId])

    spans = recordSpans()
    await trace.getTracer('ambient').startActiveSpan('POST /mcp', async (span) => {
      await client.callTool({ name: 'look' })
      span.end()
    })
    const without = spans.named('tools/call look', SpanKind.SERVER)
    expect(without.parentSpanContext?.spanId).toBe(spans.named('POST /mcp').spanContext().spanId)
    expect(without.links).toEqual([])
  })

  it('is a child of the client span in the same process, without a link to it', async () => {
    const { client } = await connect({}, instrumentMcpClient)

    await client.callTool({ name: 'look' })

    const server = spans.named('tools/call look', SpanKind.SERVER)
    expect(server.parentSpanContext?.spanId).toBe(spans.named('tools/call', SpanKind.CLIENT).spanContext().spanId)
    expect(server.links).toEqual([])
  })

  it('is named by the method alone when the tool is unknown, and has no attribute with the tool name', async () => {
    const { client } = await connect()

    await client.callTool({ name: `invented-${SENTINEL}` })

    const span = spans.named('tools/call', SpanKind.SERVER)
    expect(JSON.stringify([span.name, span.attributes])).not.toContain(SENTINEL)
  })

  it('is the span in the exemplars of the call, even inside another active span', async () => {
    const { provider, text } = createMetricsPipeline()
    metrics.disable()
    metrics.setGlobalMeterProvider(provider)
    const { client } = await connect()

    await trace.getTracer('ambient').startActiveSpan('elsewhere', async (span) => {
      await client.callTool({ name: 'look', _meta })
      span.end()
    })

    const { spanId } = spans.named('tools/call look', SpanKind.SERVER).spanContext()
    const exemplars = (await text('openmetrics')).split('\n').filter((line) => line.includes(' # {'))
    for (const series of ['mcp_tool_calls_total', 'mcp_tool_duration_seconds_bucket', 'mcp_client_requests_total']) {
      const told = exemplars.filter((line) => line.startsWith(series)).join()
      expect(told, series).toContain(`span_id="${spanId}"`)
    }
  })

  it('ends when the call is cancelled and when the connection closes, with the matching error.type', async () => {
    const { server, client } = await connect()
    server.registerTool('waits', {}, () => new Promise(() => {}))
    const calls = [client.callTool({ name: 'waits' }), client.callTool({ name: 'waits' }, undefined, { timeout: 5 })]
    await calls[1]?.catch(() => {})

    await client.close()
    await calls[0]?.catch(() => {})

    const ended = spans.all().filter((span) => span.name === 'tools/call waits')
    expect(ended.map((span) => span.attributes['error.type']).sort()).toEqual(['cancelled', 'connection_closed'])
  })
})

describe('instrumentMcpClient', () => {
  it('adds the trace context to a copy of the message, and sends the original when nothing is propagated', async () => {
    const sent: unknown[] = []
    const message = Object.freeze({
      jsonrpc: '2.0' as const,
      id: 9,
      method: 'ping',
      params: Object.freeze({ _meta: Object.freeze({ own: 1 }) }),
    })
    const [clientSide, serverSide] = InMemoryTransport.createLinkedPair()
    serverSide.onmessage = (got) => sent.push(got)
    const client = instrumentMcpClient(new Client({ name: 'x', version: '1' }))
    void client.connect(clientSide).catch(() => {})

    await clientSide.send(message)
    propagation.disable()
    await clientSide.send(message)

    const [propagated, plain] = (sent as (typeof message)[]).filter(({ id }) => id === message.id)
    expect(propagated?.params._meta).toMatchObject({ own: 1, traceparent: expect.stringMatching(/^00-/) })
    expect(message.params._meta).toEqual({ own: 1 })
    expect(plain).toBe(message)
    await client.close()
  })

  it('passes its span to the server as the parent when the caller sets _meta', async () => {
    const { client } = await connect({}, instrumentMcpClient)

    await client.callTool({ name: 'look', _meta: { own: 1 } })

    const clientSpan = spans.named('tools/call', SpanKind.CLIENT)
    const server = spans.named('tools/call look', SpanKind.SERVER)
    expect(server.parentSpanContext?.spanId).toBe(clientSpan.spanContext().spanId)
    expect(spans.named('inside the tool').spanContext().traceId).toBe(clientSpan.spanContext().traceId)
  })
})

describe('instrumentMcpServer', () => {
  it('records a sampling request as a CLIENT span below its tool call and above the SERVER span', async () => {
    const { server, client } = await connect({}, instrumentMcpClient)
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      role: 'assistant',
      model: 'm',
      content: { type: 'text', text: 'sampled' },
    }))
    server.registerTool('samples', {}, async () => {
      await server.server.createMessage({ messages: [], maxTokens: 1 })
      return { content: [] }
    })

    await client.callTool({ name: 'samples' })

    const call = spans.named('tools/call samples', SpanKind.SERVER)
    const sent = spans.named('sampling/createMessage', SpanKind.CLIENT)
    expect(sent.parentSpanContext?.spanId).toBe(call.spanContext().spanId)
    expect(spans.named('sampling/createMessage', SpanKind.SERVER).parentSpanContext?.spanId).toBe(
      sent.spanContext().spanId,
    )
  })
})

describe('operation spans', () => {
  it('contain no arguments, results or error messages by default, and mark a failed call as ERROR', async () => {
    const { client } = await connect({}, instrumentMcpClient)
    await client.callTool({ name: 'look', arguments: { secret: SENTINEL } })
    await client.callTool({ name: 'fails' })
    await client.callTool({ name: 'look', arguments: { secret: 1 } })

    const told = spans.all().map((span) => JSON.stringify([span.name, span.attributes, span.status, span.events]))
    expect(told.join()).not.toContain(SENTINEL)
    expect(spans.named('tools/call fails').status).toEqual({ code: SpanStatusCode.ERROR })
  })

  it('contain arguments, result and error message when the capture option lists them', async () => {
    const { client } = await connect({ capture: ['arguments', 'result', 'error_message'] })

    await client.callTool({ name: 'look', arguments: { secret: SENTINEL } })
    await client.callTool({ name: 'fails' })

    const { attributes } = spans.named('tools/call look', SpanKind.SERVER)
    expect(attributes['gen_ai.tool.call.arguments']).toBe(`{"secret":"${SENTINEL}"}`)
    expect(attributes['gen_ai.tool.call.result']).toContain(SENTINEL)
    expect(spans.named('tools/call fails').status.message).toBe(SENTINEL)
  })
})
