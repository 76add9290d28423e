// What a server's lists cost the model that reads them, before it has called a tool: a section of the platform dashboard.
import type { Section } from './dashboard.ts'
import { band } from './dashboard.ts'
import { stat, steps, timeseries } from './panels.ts'
import { increase, max, quantile, selecting, sum } from './queries.ts'
import { table } from './table.ts'
import type { Narrowing } from './variables.ts'

/** As an estimate, without a model's own tokenizer. */
const BYTES_PER_TOKEN = 4

const tokens = (bytes: string) => `ceil(${bytes} / ${BYTES_PER_TOKEN})`

export function contextCost(narrowing: readonly Narrowing[]): Section {
  const on = selecting(narrowing)
  const sizes = max(on('toolDefinitionSize'), 'tool_name')
  const calls = sum(increase(on('toolCalls'), '$__range'), 'tool_name')

  const listed = stat({
    title: 'Tools Listed',
    description: 'Tools in the last complete answer to tools/list. Models choose worse among many.',
    unit: 'short',
    decimals: 0,
    expr: max(on('toolsListed')),
    instant: true,
    noValue: 'not listed',
    thresholds: steps('green', [40, 'yellow'], [100, 'red']),
  })
  const cost = stat({
    title: 'Estimated Tokens',
    description: 'What the definitions of all tools cost a model in each session: bytes divided by 4, an estimate.',
    unit: 'short',
    decimals: 0,
    expr: tokens(sum(sizes)),
    instant: true,
    noValue: 'not listed',
    thresholds: steps('green', [10_000, 'yellow'], [25_000, 'red']),
  })
  const lists = timeseries({
    title: 'Size of Lists (p95)',
    description: 'UTF-8 bytes of the JSON of answers to list requests.',
    unit: 'bytes',
    queries: [
      { expr: quantile(0.95, on('listResponseSize', '', '_bucket'), 'mcp_method_name'), legend: '{{mcp_method_name}}' },
    ],
    noValue: 'no lists',
  })
  const definitions = table({
    title: 'Cost by Tool',
    description:
      'The definition of each tool, and how often it was called in the time range: a model pays for the first either way.',
    labels: [{ label: 'tool_name', title: 'Tool' }],
    columns: [
      { title: 'Definition', expr: `${sizes} > 0`, unit: 'bytes', bars: true },
      { title: 'Estimated tokens', expr: tokens(`(${sizes} > 0)`), decimals: 0 },
      { title: 'Calls', expr: calls, decimals: 0 },
    ],
    sortBy: 'Definition',
    noValue: 'not listed',
  })
  const neverCalled = table({
    title: 'Never Called',
    description: 'Tools that were listed and not called in the time range. Choose a long one before you remove a tool.',
    labels: [{ label: 'tool_name', title: 'Tool' }],
    columns: [{ title: 'Estimated tokens', expr: tokens(`(${sizes} > 0 unless ${calls} > 0)`), decimals: 0 }],
    sortBy: 'Estimated tokens',
    noValue: 'every tool was called',
  })
  return {
    title: 'Context cost',
    bands: [band(8, [listed, 4], [cost, 4], [lists, 16]), band(8, [definitions, 14], [neverCalled, 10])],
  }
}
