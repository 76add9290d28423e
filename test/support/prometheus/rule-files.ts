// The rule files as they are shipped in, each rule with where it stands out; of runbooks, their queries.
import { globSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parse } from 'yaml'

export interface AlertRule {
  readonly file: string
  readonly group: string
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export interface RecordingRule {
  readonly file: string
  readonly group: string
  readonly record: string
  readonly expr: string
}

export interface RuleGroup {
  readonly name: string
  readonly interval?: string
  readonly rules: readonly (Omit<AlertRule, 'file' | 'group'> | Omit<RecordingRule, 'file' | 'group'>)[]
}

/** Names without their folder. */
export function ruleFiles(): string[] {
  return globSync('alerts/{*-alerts,recording-rules}.yml')
    .map((path) => basename(path))
    .sort()
}

export function groupsIn(file: string): RuleGroup[] {
  return (parse(readFileSync(`alerts/${file}`, 'utf8')) as { groups: RuleGroup[] }).groups
}

export function alertRules(): AlertRule[] {
  return rules().filter((rule): rule is AlertRule => 'alert' in rule)
}

export function recordingRules(): RecordingRule[] {
  return rules().filter((rule): rule is RecordingRule => 'record' in rule)
}

function rules(): (AlertRule | RecordingRule)[] {
  return ruleFiles().flatMap((file) =>
    groupsIn(file).flatMap(({ name, rules }) =>
      rules.map((rule) => ({ ...rule, file, group: name }) as AlertRule | RecordingRule),
    ),
  )
}

/** The names of the alerts that have a runbook. */
export function runbooks(): string[] {
  return globSync('alerts/runbooks/*.md').map((path) => basename(path, '.md'))
}

export function runbookText(alert: string): string {
  return readFileSync(`alerts/runbooks/${alert}.md`, 'utf8')
}

/** Every query that a runbook gives to paste. */
export function runbookQueries(alert: string): string[] {
  return [...runbookText(alert).matchAll(/```promql\n([\s\S]*?)\n```/g)].map(([, query]) => String(query))
}
