// Compares what it takes to record one tool call: with one reader, with two, and with many series.
import type { Row } from '../rounds.ts'
import { interleave } from '../rounds.ts'
import type { Comparison } from './comparison.ts'
import { ALL, BARE, checkCalls, OURS, PROM, recorded, STOCK } from './comparison.ts'

const BY_API: Row = { label: 'mcp-vitals, plain API', contender: 'ours-by-api' }
const IN_FULL: Row = { label: 'mcp-vitals, in full', contender: 'ours-in-full' }

export function recording(quick: boolean): Comparison {
  const calls = quick ? 2_000 : 40_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  const column = { head: '× stock OTel', figure: 'ns', over: STOCK.label, quartiles: true }
  const rows = { prom: ALL.prom, stock: ALL.stock }
  return {
    title: 'Recording one tool call',
    note: `One call records active requests (up and down), the call, its duration, and the sizes of arguments and result. One call in twenty also
records an error. There are 16 tools and ${calls} calls per round. mcp-vitals records with its instruments (such as
\`instruments.toolCalls.record\`) into the provider of \`startTelemetry\`. In the row "plain API", the same provider gets what stock OTel
gets. "In full" records all series of a call as \`instrumentMcpServer\` does, each found once. It adds the series that the others do not
record: the duration of the operation by OpenTelemetry's conventions, and the client.`,
    columns: [
      column,
      { head: '× prom-client', figure: 'ns', over: PROM.label },
      { head: 'ns a call', figure: 'ns', quartiles: true },
    ],
    summary: [
      {
        title: 'recordings of one call, plain API calls, × stock',
        column,
        rows: { ...rows, ours: BY_API.label },
        target: 0.15,
      },
      {
        title: 'recordings of one call, in full, × stock',
        column,
        rows: { ...rows, ours: IN_FULL.label },
        target: 0.1,
      },
    ],
    run: () =>
      interleave({
        rows: [BARE, PROM, STOCK, OURS, BY_API, IN_FULL],
        rounds,
        warmUps,
        measure: async (child) => ({ ns: await child.ask('record', calls) }),
        check: checkCalls(calls * (warmUps + rounds)),
      }),
  }
}

export function twoReaders(quick: boolean): Comparison {
  const calls = quick ? 2_000 : 40_000
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  const column = { head: '× one reader', figure: 'ns', over: 'own', quartiles: true }
  const two = (row: Row, contender: Row['contender']): Row => ({
    label: `${row.label}, two readers`,
    contender,
    over: row.label,
  })
  const stock = two(STOCK, 'stock-two-readers')
  const byApi = two(BY_API, 'ours-by-api-two-readers')
  const inFull = two(IN_FULL, 'ours-in-full-two-readers')
  return {
    title: 'Recording with two readers',
    note: 'The recordings of the table above, with one reader that is scraped, and with a second one that pushes once an hour.',
    columns: [column, { head: 'ns a call', figure: 'ns', quartiles: true }],
    summary: [
      {
        title: 'two readers ÷ one, plain API calls',
        column,
        rows: { stock: stock.label, ours: byApi.label },
        target: 1.05,
      },
      { title: 'two readers ÷ one, in full', column, rows: { stock: stock.label, ours: inFull.label }, target: 1.05 },
    ],
    run: () =>
      interleave({
        rows: [STOCK, stock, BY_API, byApi, IN_FULL, inFull],
        rounds,
        warmUps,
        measure: async (child) => ({ ns: await child.ask('record', calls) }),
        check: checkCalls(calls * (warmUps + rounds)),
      }),
  }
}

/** The maximum of series of one of our instruments; one more row is kept for the overflow. */
const MOST_SERIES = 1_999

export function manySeries(quick: boolean): Comparison {
  const times = quick ? 10 : 60
  const warmUps = quick ? 1 : 3
  const rounds = quick ? 3 : 21
  const column = { head: '÷ at 1', figure: 'ratio', quartiles: true }
  return {
    title: 'Recording at 2,000 series, compared with 1',
    note: `A counter and a histogram with 3 attributes, recorded in turn ${(times * MOST_SERIES).toLocaleString('en')} times per round: always the same attributes, or ${MOST_SERIES.toLocaleString('en')} different ones one
after the other. Each recording has a new object of attributes. The ratio is taken within a round.`,
    columns: [
      column,
      { head: 'ns at 1', figure: 'one', quartiles: true },
      { head: 'ns at 2,000', figure: 'many', quartiles: true },
    ],
    summary: [
      {
        title: 'record cost at 2,000 series ÷ at 1',
        column,
        rows: { prom: ALL.prom, stock: ALL.stock, ours: BY_API.label },
        target: 1.1,
      },
    ],
    run: () =>
      interleave({
        rows: [PROM, STOCK, OURS, BY_API],
        rounds,
        warmUps,
        async measure(child) {
          const one = await child.ask('recordSets', { sets: 1, recordings: times * MOST_SERIES })
          const many = await child.ask('recordSets', { sets: MOST_SERIES, recordings: times * MOST_SERIES })
          return { one, many, ratio: many / one }
        },
        async check(child, { label }) {
          const { sum } = await recorded(child, /^bench_sets_events(_total)?\{/)
          const given = 2 * times * MOST_SERIES * (warmUps + rounds)
          if (sum !== given) throw new Error(`${label} counted ${sum} of ${given}`)
        },
      }),
  }
}
