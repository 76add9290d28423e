// Tests the worked examples in CONTRIBUTING.md.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { recordSeries } from '../support/telemetry/recorded-series.ts'
import { measureMessages } from './support/measure-messages.ts'

const { nonZero } = recordSeries()

const BLOCK = /^ *```(?:ts|yaml)\n *(?:\/\/|#) (\S+\/\S+)\n(.*?)^ *```/gms
const OMISSION = /^(?:\/\/|#) …$\n/m

/** The lines without their indentation, which differs between a document and a file. */
const unindented = (text: string) => text.replaceAll(/^[ \t]+/gm, '')

describe('the worked examples in CONTRIBUTING.md', () => {
  it('quote the files that they name', () => {
    const quotes = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(BLOCK)].flatMap(([, file = '', code = '']) =>
      unindented(code)
        .split(OMISSION)
        .map((quote) => ({ file, quote })),
    )

    expect(new Set(quotes.map(({ file }) => file)).size).toBeGreaterThan(8)
    const wrong = quotes.filter(({ file, quote }) => !unindented(readFileSync(file, 'utf8')).includes(quote))
    expect(wrong).toEqual([])
  })

  it('measure calls with the attachment', async () => {
    const { fromClient, fromServer } = measureMessages()
    const call = (id: number, tool: string, reply: object) => {
      fromClient({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: tool } })
      fromServer({ jsonrpc: '2.0', id, ...reply })
    }
    fromClient({ jsonrpc: '2.0', id: 0, method: 'tools/list' })
    fromServer({ jsonrpc: '2.0', id: 0, result: { tools: [{ name: 'forecast' }] } })

    call(1, 'forecast', { result: { content: [] } })
    call(2, 'made_up', { error: { code: -32602, message: 'Unknown tool' } })

    expect(await nonZero('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="forecast"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="_OTHER"}': 1,
    })
  })
})
