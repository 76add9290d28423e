// Checks the alert rules and the Alertmanager configurations with promtool and amtool.
// Mutates every alert, since unit tests that miss a broken alert prove nothing.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { parse, parseDocument, stringify } from 'yaml'
import { runProgram } from '../support/programs/run-program.ts'
import { alertRules, ruleFiles } from '../support/prometheus/rule-files.ts'
import { mutantsOf } from '../support/prometheus/rule-mutants.ts'

const { promtool, amtool } = inject('parts')
const folder = mkdtempSync(join(tmpdir(), 'alert-rules-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files = ruleFiles()

function testsOf(file: string): string {
  return `alerts/tests/${file.replace(/\.yml$/, '.test.yml')}`
}

/** Writes a copy of the rules with one alert changed, and the unit tests of that alert. */
function writeBroken(
  file: string,
  alert: string,
  nth: number,
  change: { readonly expr?: string; readonly for?: string },
  number: number,
): string {
  const inside = join(folder, `${file}-${alert}-${number}`)
  mkdirSync(inside, { recursive: true })
  const document = parseDocument(readFileSync(`alerts/${file}`, 'utf8'))
  const { groups } = document.toJS() as { groups: { rules: { alert: string }[] }[] }
  const places = groups.flatMap(({ rules }, group) =>
    rules.flatMap((rule, at) => (rule.alert === alert ? [['groups', group, 'rules', at]] : [])),
  )
  for (const [key, value] of Object.entries(change)) document.setIn([...(places[nth] ?? []), key], value)
  writeFileSync(join(inside, file), String(document))

  const unit = parse(readFileSync(testsOf(file), 'utf8')) as {
    rule_files: string[]
    tests: { alert_rule_test: { alertname: string }[] }[]
  }
  const tests = unit.tests.filter(({ alert_rule_test }) => alert_rule_test.some(({ alertname }) => alertname === alert))
  writeFileSync(join(inside, 'tests.yml'), stringify({ ...unit, rule_files: [file], tests }))
  return join(inside, 'tests.yml')
}

/** Whether the unit tests fail. Throws if the mutant is not valid PromQL, since such a mutant proves nothing. */
async function noticedBy(tests: string): Promise<boolean> {
  const { code, output } = await runProgram(promtool, ['test', 'rules', tests])
  if (/parse error|could not parse/i.test(output)) throw new Error(`${tests}: ${output.slice(0, 500)}`)
  rmSync(join(tests, '..'), { recursive: true, force: true })
  return code !== 0
}

describe('each rule file in alerts/', () => {
  it('passes `promtool check rules` with every lint fatal', async () => {
    const paths = files.map((file) => `alerts/${file}`)
    const { code, output } = await runProgram(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...paths])
    expect({ code, output }).toMatchObject({ code: 0 })
    expect(output.match(/SUCCESS/g)).toHaveLength(files.length)
  })

  it.each(files)('passes its unit tests: %s', async (file) => {
    const { code, output } = await runProgram(promtool, ['test', 'rules', testsOf(file)])
    expect({ code, output }).toMatchObject({ code: 0 })
  })

  it.each(files.filter((file) => file !== 'recording-rules.yml'))(
    'fails its unit tests when an alert expression is mutated or its `for` is removed: %s',
    async (file) => {
      const survivors: string[] = []
      let broken = 0
      const queue = alertRules()
        .filter((rule) => rule.file === file)
        .flatMap((rule, _, all) => {
          const nth = all.filter(({ alert }) => alert === rule.alert).indexOf(rule)
          return [
            ...mutantsOf(rule.expr).map(({ what, expr }) => ({ rule, nth, what, change: { expr } })),
            ...(rule.for === undefined ? [] : [{ rule, nth, what: 'for is left out', change: { for: '0s' } }]),
          ]
        })
      const worker = async () => {
        for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
          const { rule, nth, what, change } = next
          broken += 1
          const noticed = await noticedBy(writeBroken(file, rule.alert, nth, change, broken))
          if (!noticed) survivors.push(`${rule.alert}[${nth}]: ${what}`)
        }
      }
      await Promise.all([worker(), worker()])
      expect(broken).toBeGreaterThan(20)
      expect(survivors).toEqual([])
    },
    600_000,
  )

  it('still passes its unit tests in the mutation harness when nothing is changed', async () => {
    for (const { file, alert } of alertRules()) {
      if (alert === 'MCPServerDown' || alert === 'MCPErrorBudgetBurn') {
        expect(await noticedBy(writeBroken(file, alert, 0, {}, 0)), alert).toBe(false)
      }
    }
  })
})

describe('alerts/fastmcp-rules.yml', () => {
  it('passes `promtool check rules`, and maps recorded spans of Python FastMCP to the series of mcp-vitals', async () => {
    const checked = await runProgram(promtool, [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      'alerts/fastmcp-rules.yml',
    ])
    expect(checked).toMatchObject({ code: 0 })
    const tested = await runProgram(promtool, ['test', 'rules', testsOf('fastmcp-rules.yml')])
    expect(tested).toMatchObject({ code: 0 })
  })
})

describe('each Prometheus configuration', () => {
  it('passes `promtool check config` with every lint fatal', async () => {
    for (const config of ['prometheus.yml', 'prometheus-long-term.yml']) {
      const { code, output } = await runProgram(promtool, [
        'check',
        'config',
        '--lint=all',
        '--lint-fatal',
        `alerts/${config}`,
      ])
      expect({ code, output }, config).toMatchObject({ code: 0 })
    }
  })
})

describe('each Alertmanager configuration', () => {
  it.each(['alertmanager.yml', 'alertmanager-local.yml'])('passes `amtool check-config`: %s', async (config) => {
    const { code, output } = await runProgram(amtool, ['check-config', `alerts/${config}`])
    expect({ code, output }).toMatchObject({ code: 0 })
  })

  it.each([
    ['slack-and-pagerduty', ['alertname=MCPServerDown', 'severity=critical', 'job=mcp-hello-server-metrics']],
    ['slack', ['alertname=HighErrorRate', 'severity=warning', 'job=mcp-hello-server-metrics']],
    ['slack', ['alertname=MCPHallucinatedTools', 'severity=info']],
    ['slack', ['alertname=SomethingElse']],
    ['nobody', ['alertname=Watchdog', 'severity=none']],
  ])('routes to the receiver %s an alert with the labels %j', async (receiver, labels) => {
    for (const config of ['alertmanager.yml', 'alertmanager-local.yml']) {
      const args = ['config', 'routes', 'test', `--config.file=alerts/${config}`, `--verify.receivers=${receiver}`]
      const { code, output } = await runProgram(amtool, [...args, ...labels])
      expect({ code, output: output.trim() }).toEqual({ code: 0, output: receiver })
    }
  })
})

describe('`amtool config routes test`', () => {
  it('fails when an alert would go to another receiver', async () => {
    const args = ['config', 'routes', 'test', '--config.file=alerts/alertmanager.yml', '--verify.receivers=nobody']
    expect((await runProgram(amtool, [...args, 'severity=critical'])).code).not.toBe(0)
  })
})
