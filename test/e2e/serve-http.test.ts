// Tests hello_world and its metrics over HTTP with a stock MCP client.
import { describe, expect, it } from 'vitest'
import { connectClient } from '../support/clients/mcp-client.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'
import { startTestApp } from '../support/servers/test-app.ts'

describe('hello_world over HTTP', () => {
  it('lists its schema, and greets in every language as structured content and as the same text', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)

    const { tools } = await client.listTools()
    const greetings = []
    for (const language of ['en', 'es', 'fr', 'de', 'ja']) {
      const result = await client.callTool({ name: 'hello_world', arguments: { name: 'Ada', language } })
      expect(result.isError).toBeUndefined()
      const [{ text } = { text: '' }] = result.content as { text: string }[]
      expect(JSON.parse(text)).toEqual(result.structuredContent)
      greetings.push((result.structuredContent as { message: string }).message)
    }

    expect(tools.map(({ name }) => name)).toContain('hello_world')
    expect(tools[0]).toMatchObject({
      inputSchema: {
        required: ['name'],
        properties: {
          name: { minLength: 1, maxLength: 100 },
          language: { enum: ['en', 'es', 'fr', 'de', 'ja'], default: 'en' },
        },
      },
      annotations: { readOnlyHint: true },
    })
    expect(greetings).toEqual(['Hello, Ada!', 'Hola, Ada!', 'Bonjour, Ada!', 'Guten Tag, Ada!', 'こんにちは, Ada!'])
  })

  it('greets in English by default, and returns the supported languages', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)

    const { structuredContent } = await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })

    expect(structuredContent).toEqual({
      success: true,
      message: 'Hello, Ada!',
      language: 'en',
      supported_languages: ['en', 'es', 'fr', 'de', 'ja'],
    })
  })

  it('accepts names of 1 to 100 characters, where an emoji counts as one', async () => {
    const { url } = await startTestApp()
    const { client } = await connectClient(url)
    const greet = (name: string) => client.callTool({ name: 'hello_world', arguments: { name } })

    expect((await greet('👋'.repeat(100))).isError).toBeUndefined()
    expect((await greet('👋'.repeat(101))).isError).toBe(true)
    expect((await greet('a'.repeat(101))).isError).toBe(true)
    expect((await greet('')).isError).toBe(true)
  })

  it('exposes its counter at 0 before the first call, then records calls, errors, durations and sizes', async () => {
    const { url, metricsUrl } = await startTestApp()
    const before = await scrapeSeries(metricsUrl)
    const { client } = await connectClient(url)
    await client.callTool({ name: 'hello_world', arguments: { name: 'Ada' } })
    await client.callTool({ name: 'hello_world', arguments: { name: '' } })
    await client.callTool({ name: 'goodbye_world', arguments: {} })

    const after = await scrapeSeries(metricsUrl)

    const grown = (series: string) => (after.get(series) ?? Number.NaN) - (before.get(series) ?? 0)
    expect(before.get('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(0)
    expect(grown('mcp_tool_calls_total{status="success",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_calls_total{status="error",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_errors_total{error_type="validation_error",tool_name="hello_world"}')).toBe(1)
    expect(grown('mcp_tool_errors_total{error_type="unknown_tool",tool_name="_OTHER"}')).toBe(1)
    expect(grown('mcp_tool_duration_seconds_count{tool_name="hello_world"}')).toBe(2)
    expect(grown('mcp_response_size_bytes_count{tool_name="hello_world"}')).toBe(2)
    expect(grown('mcp_queue_wait_seconds_count{tool_name="hello_world"}')).toBe(1)
    expect(after.get('mcp_active_requests{tool_name="hello_world"}')).toBe(0)
    expect(after.get('mcp_open_connections{transport="http"}')).toBeGreaterThan(0)
  })
})
