// Stand-ins and a folder in, the path of alerts/alertmanager.yml out, as it is but for where it tells people: its secrets lie in
// the folder, PagerDuty is on loopback, and news of a group go out as soon as there are any.
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { derivedConfig } from '../files/derived-config.ts'
import type { AlertReceivers } from './alert-receivers.ts'

export function alertmanagerFor({ slackUrl, pagerDutyUrl, routingKey }: AlertReceivers, folder: string): string {
  writeFileSync(join(folder, 'slack-webhook-url'), slackUrl)
  writeFileSync(join(folder, 'pagerduty-routing-key'), routingKey)
  cpSync('alerts/templates', join(folder, 'templates'), { recursive: true })
  const config = join(folder, 'alertmanager.yml')
  const derived = derivedConfig('alerts/alertmanager.yml', {
    '_file: /etc/alertmanager/secrets/': `_file: ${folder}/`,
    'resolve_timeout: 5m': `resolve_timeout: 5m\n  pagerduty_url: ${pagerDutyUrl}`,
    'group_interval: 5m': 'group_interval: 1s',
  })
  writeFileSync(config, derived)
  return config
}
