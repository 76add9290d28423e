// Defines the service level section of the platform dashboard. Only server faults use the error budget.
import type { Section } from './dashboard.ts'
import { band } from './dashboard.ts'
import { drillDown } from './links.ts'
import { stat, steps, timeseries } from './panels.ts'
import { ended, faults, increase, rate, ratio, selecting, sum } from './queries.ts'
import { table } from './table.ts'
import { customVariable } from './variables.ts'

const on = selecting(['cluster', 'job', 'instance'])
const toServer = drillDown('mcp-server', 'job', { label: 'job' })

const objective = customVariable(
  'objective',
  'Objective',
  'Which share of the calls has to be free of server faults.',
  { '99.5 %': '0.995', '99 %': '0.99', '99.9 %': '0.999', '95 %': '0.95' },
)
const fastObjective = customVariable('fast_objective', 'Latency objective', 'Required share of fast calls.', {
  '95 %': '0.95',
  '90 %': '0.9',
  '99 %': '0.99',
  '99.9 %': '0.999',
})
/** Bucket bounds, because a histogram cannot answer for other values. */
const slow = customVariable('slow', 'Fast enough', 'Longest duration of a fast call.', {
  '2.5 s': '2.5',
  '0.5 s': '0.5',
  '1 s': '1',
  '5 s': '5',
})

const over = (window: string) => (selector: string) => increase(selector, window)

const faultShare = (window: string, by = '') =>
  ratio(sum(faults(on, over(window)), by), sum(ended(on, over(window)), by))

/** Matches `5.0` and `5`: scraped and pushed series write whole bounds differently. */
const fast = (window: string, by = '') =>
  ratio(
    sum(increase(on('toolDuration', 'le=~"$slow([.]0)?"', '_bucket'), window), by),
    sum(increase(on('toolDuration', '', '_count'), window), by),
  )

const left = (share: string, of = 'objective') => `1 - (${share}) / (1 - $${of})`
const budgetColors = steps('red', [0, 'orange'], [0.25, 'yellow'], [0.5, 'green'])

const availability = stat({
  title: 'Availability',
  description:
    'Share of calls without a server fault among the calls that ended in the time range. Caller errors and cancelled calls do not count.',
  unit: 'percentunit',
  decimals: 3,
  expr: `1 - ${faultShare('$__range')}`,
  instant: true,
  noValue: 'no calls',
  thresholds: steps('red', [0.99, 'yellow'], [0.999, 'green']),
})

const budget = stat({
  title: 'Error Budget Left',
  description:
    'Unused share of the server faults that the objective allows in the time range. Set the time range to the period of the objective. Below 0, the objective is missed.',
  unit: 'percentunit',
  decimals: 1,
  expr: left(faultShare('$__range')),
  instant: true,
  noValue: 'no calls',
  thresholds: budgetColors,
})

const fastShare = stat({
  title: 'Fast Calls',
  description: 'Share of calls in the time range that took at most the duration selected above.',
  unit: 'percentunit',
  decimals: 3,
  expr: fast('$__range'),
  instant: true,
  noValue: 'no calls',
  thresholds: steps('red', [0.95, 'yellow'], [0.99, 'green']),
})

const slowBudget = stat({
  title: 'Latency Budget Left',
  description: 'Unused share of the slow calls that the objective allows in the time range.',
  unit: 'percentunit',
  decimals: 1,
  expr: left(`1 - ${fast('$__range')}`, 'fast_objective'),
  instant: true,
  noValue: 'no calls',
  thresholds: budgetColors,
})

const burn = (window: string) =>
  stat({
    title: `Burn Rate, ${window}`,
    description: `How fast the last ${window} used the error budget. At 1, the budget lasts exactly the period of the objective; at 14.4, a 30-day budget lasts two days.`,
    unit: 'short',
    decimals: 2,
    expr: `(${faultShare(window)}) / (1 - $objective)`,
    noValue: 'no calls',
    thresholds: steps('green', [1, 'yellow'], [window === '1h' ? 14.4 : 6, 'red']),
  })

const faultsOverTime = timeseries({
  title: 'Server Faults',
  description:
    'Share of calls that ended with a server fault, by job. Click a line to open the dashboard of the server.',
  unit: 'percentunit',
  queries: [
    {
      expr: ratio(sum(faults(on, rate), 'job'), sum(ended(on, rate), 'job')),
      legend: '{{job}}',
    },
  ],
  noValue: 'no calls',
  links: [toServer],
})

const burnOverTime = timeseries({
  title: 'Burn Rate',
  description:
    'How fast the error budget is used, over one hour and over six hours. The threshold is the rate that pages.',
  unit: 'short',
  queries: ['1h', '6h'].map((window) => ({ expr: `(${faultShare(window)}) / (1 - $objective)`, legend: window })),
  noValue: 'no calls',
  thresholds: steps('transparent', [14.4, 'red']),
  showThresholds: true,
})

const tools = table({
  title: 'Budget Use by Tool',
  description: 'Server faults of each tool in the time range. Click a name to open the dashboard of the tool.',
  labels: [
    { label: 'tool_name', title: 'Tool', link: drillDown('mcp-tool', 'tool', 'cell') },
    { label: 'job', title: 'Job', link: drillDown('mcp-server', 'job', 'cell') },
  ],
  columns: [
    {
      title: 'Server faults',
      expr: sum(faults(on, over('$__range')), 'tool_name, job'),
      decimals: 0,
      bars: true,
    },
    { title: 'Share of calls', expr: faultShare('$__range', 'tool_name, job'), unit: 'percentunit', decimals: 2 },
    {
      title: 'Budget left',
      expr: left(faultShare('$__range', 'tool_name, job')),
      unit: 'percentunit',
      thresholds: budgetColors,
    },
    { title: 'Calls', expr: sum(ended(on, over('$__range')), 'tool_name, job'), decimals: 0 },
  ],
  sortBy: 'Server faults',
  noValue: 'no calls',
})

export const serviceLevels: Section = {
  bands: [
    band(4, [availability, 4], [budget, 4], [fastShare, 4], [slowBudget, 4], [burn('1h'), 4], [burn('6h'), 4]),
    band(8, [faultsOverTime, 12], [burnOverTime, 12]),
    band(8, [tools, 24]),
  ],
}

export const serviceLevelVariables = [objective, slow, fastObjective]
