import { describe, expect, it } from 'vitest'
import type { Reading } from '../../../../src/page/model/reading.ts'
import { numberReading } from '../../../../src/page/model/reading.ts'
import { MAX_SERIES, SeriesTable } from '../../../../src/page/model/series-table.ts'

const calls = (value: number, status = 'success', isDelta = false): Reading =>
  numberReading('mcp.tool.calls', 'sum', value, { 'tool.name': 'a', status }, isDelta)

describe('SeriesTable', () => {
  it('begins to count at the first collection', () => {
    const table = new SeriesTable()
    expect(table.take([calls(40)]).numbers).toEqual([[0, 40, 0]])
    expect(table.take([calls(43)]).numbers).toEqual([[0, 43, 3]])
    expect(table.take([calls(43)]).numbers).toEqual([])
  })

  it('counts a series that appears later from 0, and one that starts again from 0', () => {
    const table = new SeriesTable()
    table.take([calls(40)])
    expect(table.take([calls(40), calls(2, 'error')]).numbers).toEqual([[1, 2, 2]])
    expect(table.take([calls(5), calls(2, 'error')]).numbers).toEqual([[0, 5, 5]])
  })

  it('adds deltas to the total', () => {
    const table = new SeriesTable()
    table.take([calls(1, 'success', true)])
    expect(table.take([calls(2, 'success', true)]).numbers).toEqual([[0, 3, 2]])
  })

  it('keeps a bounded number of series, and counts what finds no room', () => {
    const table = new SeriesTable()
    table.take(
      Array.from({ length: MAX_SERIES + 5 }, (_, index) =>
        numberReading('mcp.tool.calls', 'sum', 1, { 'tool.name': `t${index}`, status: 'success' }),
      ),
    )
    expect(table.snapshot().series).toHaveLength(MAX_SERIES)
    expect(table.leftOut).toBe(5)
  })
})
