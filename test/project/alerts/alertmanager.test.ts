// Checks the Alertmanager configurations as files.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
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
// The receivers share their Slack block through a YAML alias.
const shipped = parse(text) as Config
const local = parse(readFileSync('alerts/alertmanager-local.yml', 'utf8')) as Config

describe('alerts/alertmanager-local.yml', () => {
  it('differs from alertmanager.yml only in receivers that notify nobody', () => {
    expect(local.route).toEqual(shipped.route)
    expect(local.inhibit_rules).toEqual(shipped.inhibit_rules)
    expect(local.receivers).toEqual(shipped.receivers.map(({ name }) => ({ name })))
  })
})

describe('alerts/alertmanager.yml', () => {
  it('defines receivers for nobody, for Slack, and for Slack and PagerDuty, which also get resolved alerts', () => {
    const [nobody, slack, both] = shipped.receivers
    expect(Object.keys(nobody ?? {})).toEqual(['name'])
    expect(Object.keys(slack ?? {})).toEqual(['name', 'slack_configs'])
    expect(Object.keys(both ?? {})).toEqual(['name', 'slack_configs', 'pagerduty_configs'])
    expect(both?.slack_configs).toEqual(slack?.slack_configs)
    for (const { send_resolved } of [...(both?.slack_configs ?? []), ...(both?.pagerduty_configs ?? [])]) {
      expect(send_resolved).toBe(true)
    }
  })

  it('reads its secrets only from files', () => {
    const secrets = [...text.matchAll(/^\s*(?:- )?(\w*(?:api_url|routing_key|service_key|token|password)\w*):/gm)]
    expect(secrets.map(([, key]) => key)).toEqual(['slack_api_url_file', 'routing_key_file'])
    expect(text).not.toMatch(/hooks\.slack\.com|xox[abp]-/)
  })

  it('names only existing alerts in its inhibition rules', () => {
    const names = alertRules().map(({ alert }) => alert)
    const named = shipped.inhibit_rules
      .flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
      .flatMap((matcher) => /^alertname\S?[=~]+"(.+)"$/.exec(matcher)?.[1]?.split('|') ?? [])
    expect(named.length).toBeGreaterThan(6)
    expect(named.filter((name) => !names.some((alert) => new RegExp(`^(${name})$`).test(alert)))).toEqual([])
  })

  it('waits two minutes before it sends info alerts, longer than their inhibitor needs to fire', () => {
    const { routes } = shipped.route as { routes: { matchers: string[]; group_wait?: string }[] }
    const wait = routes.find(({ matchers }) => matchers.includes('severity="info"'))?.group_wait
    // Every rule group without its own interval is evaluated at this one.
    expect(readFileSync('alerts/prometheus.yml', 'utf8')).toContain('evaluation_interval: 30s')
    expect(wait).toBe('2m')
  })

  it('inhibits alerts only within one cluster', () => {
    const rules = shipped.inhibit_rules as readonly { readonly equal?: readonly string[] }[]
    expect(rules.filter(({ equal = [] }) => !equal.includes('cluster'))).toEqual([])
  })
})
