import { describe, expect, it } from 'vitest'
import { instruments, resetLabels, trackTool } from '../../../../src/index.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

describe('resetLabels', () => {
  it('makes room for label values again after a bound was reached', async () => {
    for (let n = 0; n < 600; n += 1) instruments.toolCalls.record(1, { 'tool.name': `full_${n}`, status: 'success' })
    const before = recordSeries()
    instruments.toolCalls.record(1, { 'tool.name': 'late', status: 'success' })
    expect(await before.value('mcp_tool_calls_total{status="success",tool_name="late"}')).toBeUndefined()
    expect(await before.value('mcp_tool_calls_total{status="success",tool_name="_OTHER"}')).toBe(1)

    resetLabels()

    const after = recordSeries()
    instruments.toolCalls.record(1, { 'tool.name': 'late', status: 'success' })
    expect(await after.value('mcp_tool_calls_total{status="success",tool_name="late"}')).toBe(1)
  })

  it('lets no tool of before start at 0 on the next meter provider', async () => {
    trackTool('of_before', () => {})
    resetLabels()
    const { value } = recordSeries()
    trackTool('of_after', () => {})
    expect(await value('mcp_tool_calls_total{status="error",tool_name="of_after"}')).toBe(0)
    expect(await value('mcp_tool_calls_total{status="error",tool_name="of_before"}')).toBeUndefined()
  })
})
