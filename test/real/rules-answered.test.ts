// Tests the rules and the runbook queries in a running Prometheus that has data from every source.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { stringify } from 'yaml'
import { derivedConfig } from '../support/files/derived-config.ts'
import type { Ended } from '../support/programs/run-program.ts'
import { runProgram } from '../support/programs/run-program.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import { alertRules, recordingRules, ruleFiles, runbookQueries, runbooks } from '../support/prometheus/rule-files.ts'
import type { ToldEverything } from '../support/prometheus/told-everything.ts'
import { startToldEverything } from '../support/prometheus/told-everything.ts'

const parts = useRealParts()

/** Runbook queries that return nothing in a healthy system, with the reason. At most five. */
const EMPTY: readonly { readonly query: RegExp; readonly why: string }[] = [
  { query: /^up == 0$/, why: 'every target here answers' },
  { query: /otel_metric_overflow/, why: 'no server here reaches a bound' },
  { query: /otelcol_exporter_send_failed_/, why: 'the Collector has the series once it has given something up' },
]

let told: ToldEverything
beforeAll(async () => {
  told = await startToldEverything(parts)
})
afterAll(() => told?.stop())

async function answered(query: string): Promise<boolean> {
  return (await told.prometheus.query(query)).some(({ value }) => Number.isFinite(value))
}

/** Returns the queries that still have no number after the timeout. */
async function unanswered(queries: readonly string[]): Promise<string[]> {
  let left: readonly string[] = queries
  await waitFor(
    async () => {
      const now = await Promise.all(left.map(async (query) => ((await answered(query)) ? [] : [query])))
      left = now.flat()
      return left.length === 0
    },
    // Alerts of severity info take longest: two minutes at this pace.
    240_000,
    'an answer to every query',
  ).catch(() => {})
  return [...left]
}

const folder = mkdtempSync(join(tmpdir(), 'rules-answered-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs pint with alerts/pint.hcl and a short lookback, since this Prometheus has little history. */
async function pint(...files: readonly string[]): Promise<Ended> {
  const config = join(folder, 'pint.hcl')
  const derived = derivedConfig('alerts/pint.hcl', {
    'lookbackRange = "7d"': 'lookbackRange = "10m"',
    'lookbackStep  = "5m"': 'lookbackStep  = "2s"',
  })
  writeFileSync(config, derived)
  const args = ['--no-color', '--config', config, 'lint', '--fail-on', 'warning', ...files]
  return runProgram(inject('parts').pint, args, { PROMETHEUS_URL: told.prometheus.url })
}

describe('each recording rule', () => {
  it('records a series with a finite value', async () => {
    parts.watch()
    expect(await unanswered(recordingRules().map(({ record }) => record))).toEqual([])
  })
})

describe('each runbook query', () => {
  it('returns a number, unless it is on the list of exceptions', async () => {
    parts.watch()
    const queries = runbooks().flatMap(runbookQueries)
    expect(queries.length).toBeGreaterThan(80)
    const due = queries.filter((query) => !EMPTY.some((known) => known.query.test(query)))
    expect(await unanswered([...new Set(due)])).toEqual([])
  }, 300_000)
})

describe('the list of runbook queries that may be empty', () => {
  it('has at most five entries, each in a runbook and valid in Prometheus', async () => {
    expect(EMPTY.length).toBeLessThanOrEqual(5)
    for (const { query, why } of EMPTY) {
      const excepted = runbooks()
        .flatMap(runbookQueries)
        .filter((one) => query.test(one))
      expect(excepted.length, why).toBeGreaterThan(0)
      // They must run. They may return data.
      for (const one of excepted) expect(await told.prometheus.query(one)).toBeInstanceOf(Array)
    }
  })
})

describe('pint', () => {
  it('checks every rule online and reports no problem', async () => {
    parts.watch()
    const files = ruleFiles().map((file) => `alerts/${file}`)
    let last: Ended | undefined
    const passes = async () => {
      last = await pint(...files)
      return last.code === 0
    }
    // Cancelled calls are rare, so their series may appear late.
    await waitFor(passes, 120_000, 'everything that the rules select').catch(() => {})
    expect(last?.code, last?.output).toBe(0)
    expect(last?.output).toContain(`entries=${alertRules().length + recordingRules().length} `)
    expect(last?.output).toContain('online=true')
    expect(last?.output).not.toContain('level=WARN')
  })

  it.each([
    ['a series that does not exist', 'rate(mcp_tool_call_total[5m]) > 1', 'promql/series'],
    ['a label that the series lacks', 'mcp_active_requests{tool="work"} > 50', 'promql/series'],
    ['a value that the label never has', 'rate(mcp_tool_calls_total{status="failed"}[5m]) > 1', 'promql/series'],
    ['a rate of a gauge', 'rate(mcp_active_requests[5m]) > 1', 'promql/rate'],
    ['two sides that never match', 'mcp_active_requests / mcp_server_info > 1', 'promql/vector_matching'],
    ['an alert that always fires', 'sum(mcp_active_requests)', 'alerts/comparison'],
  ])('reports %s', async (_, expr, check) => {
    const file = join(folder, 'wrong.yml')
    writeFileSync(file, stringify({ groups: [{ name: 'wrong', rules: [{ alert: 'Wrong', expr, for: '5m' }] }] }))
    const { code, output } = await pint(file)
    expect(output).toContain(`(${check})`)
    expect(code).toBe(1)
  })
})
