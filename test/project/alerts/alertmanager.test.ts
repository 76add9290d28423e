import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { alertRules } from '../../support/prometheus/rule-files.ts'

interface Receiver {
  readonly name: string
  readonly slack_configs?: readonly { readonly send_resolved: boolean }[]
  readonly pagerduty_configs?: readonly { readonly send_resolved: boolean }[]
}
interface Config {
  readonly route: unknown
  readonly inhibit_rules: readonly { readonly source_matchers: string[]; readonly target_matchers: string[] }[]
  readonly receivers: readonly Receiver[]
}

const text = readFileSync('alerts/alertmanager.yml', 'utf8')
// Receivers share their Slack block by an alias.
const shipped = parse(text) as Config
const local = parse(readFileSync('alerts/alertmanager-local.yml', 'utf8')) as Config

test('the local configuration differs in that its receivers tell nobody', () => {
  expect(local.route).toEqual(shipped.route)
  expect(local.inhibit_rules).toEqual(shipped.inhibit_rules)
  expect(local.receivers).toEqual(shipped.receivers.map(({ name }) => ({ name })))
})

test('critical alerts go to Slack and PagerDuty, warnings to Slack alone, both with their end', () => {
  const [nobody, slack, both] = shipped.receivers
  expect(Object.keys(nobody ?? {})).toEqual(['name'])
  expect(Object.keys(slack ?? {})).toEqual(['name', 'slack_configs'])
  expect(Object.keys(both ?? {})).toEqual(['name', 'slack_configs', 'pagerduty_configs'])
  expect(both?.slack_configs).toEqual(slack?.slack_configs)
  for (const { send_resolved } of [...(both?.slack_configs ?? []), ...(both?.pagerduty_configs ?? [])]) {
    expect(send_resolved).toBe(true)
  }
})

test('secrets are named by file alone', () => {
  const secrets = [...text.matchAll(/^\s*(?:- )?(\w*(?:api_url|routing_key|service_key|token|password)\w*):/gm)]
  expect(secrets.map(([, key]) => key)).toEqual(['slack_api_url_file', 'routing_key_file'])
  expect(text).not.toMatch(/hooks\.slack\.com|xox[abp]-/)
})

test('what inhibition names are alerts that there are', () => {
  const names = alertRules().map(({ alert }) => alert)
  const named = shipped.inhibit_rules
    .flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
    .flatMap((matcher) => /^alertname\S?[=~]+"(.+)"$/.exec(matcher)?.[1]?.split('|') ?? [])
  expect(named.length).toBeGreaterThan(6)
  expect(named.filter((name) => !names.some((alert) => new RegExp(`^(${name})$`).test(alert)))).toEqual([])
})

test('information waits for longer than the alert takes that holds it back', () => {
  const { routes } = shipped.route as { routes: { matchers: string[]; group_wait?: string }[] }
  const wait = routes.find(({ matchers }) => matchers.includes('severity="info"'))?.group_wait
  // The default interval of prometheus.yml, between any two groups of rules.
  expect(readFileSync('alerts/prometheus.yml', 'utf8')).toContain('evaluation_interval: 30s')
  expect(wait).toBe('2m')
})

test('nothing is hidden by what is of another cluster', () => {
  const rules = shipped.inhibit_rules as readonly { readonly equal?: readonly string[] }[]
  expect(rules.filter(({ equal = [] }) => !equal.includes('cluster'))).toEqual([])
})
