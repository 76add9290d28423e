// Tests which alerts a real Alertmanager suppresses and groups with the shipped routes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AlertReceivers } from '../support/alertmanager/alert-receivers.ts'
import { startAlertReceivers } from '../support/alertmanager/alert-receivers.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const parts = useRealParts()

type Labels = Readonly<Record<string, string>>
interface Held {
  readonly labels: Labels
  readonly status: { readonly state: 'unprocessed' | 'active' | 'suppressed' }
}

let url: string
let receivers: AlertReceivers

beforeAll(async () => {
  receivers = await startAlertReceivers()
  url = (await parts.alertmanager(receivers)).url
})
afterAll(() => receivers.stop())

async function fire(...alerts: Labels[]): Promise<void> {
  const annotations = {
    summary: 'S.',
    description: 'D.',
    runbook_url: 'https://r.example/',
    dashboard_url: 'https://d.example/',
  }
  const response = await fetch(`${url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts.map((labels) => ({ labels, annotations }))),
  })
  expect(response.status).toBe(200)
}

/** Returns the state of the alert with these labels once Alertmanager has processed it. */
async function stateOf(labels: Labels): Promise<string> {
  const matches = (held: Held) => Object.entries(labels).every(([name, value]) => held.labels[name] === value)
  return waitFor(async () => {
    const held = (await (await fetch(`${url}/api/v2/alerts`)).json()) as Held[]
    const state = held.find(matches)?.status.state
    return state === 'unprocessed' ? undefined : state
  })
}

const down = { alertname: 'MCPServerDown', severity: 'critical' }
const burn = { alertname: 'MCPErrorBudgetBurn', severity: 'critical' }
const slow = { alertname: 'HighLatency', severity: 'warning', instance: 'a:1', tool_name: 'hello_world' }

describe('Alertmanager with the shipped configuration', () => {
  it.each(['cluster', 'k8s_cluster_name'])(
    'suppresses other alerts of a server that is down, but none of another %s',
    async (label) => {
      const job = `down-${label.replaceAll('_', '-')}`
      const [here, there] = [
        { job, [label]: 'staging' },
        { job, [label]: 'production' },
      ]
      await fire(
        { ...down, ...here },
        { ...burn, ...here },
        { ...slow, ...here },
        { ...burn, ...there },
        { ...slow, ...there },
      )

      expect(await stateOf({ ...burn, ...here })).toBe('suppressed')
      expect(await stateOf({ ...slow, ...here })).toBe('suppressed')
      expect(await stateOf({ ...burn, ...there })).toBe('active')
      expect(await stateOf({ ...slow, ...there })).toBe('active')
    },
  )

  it('suppresses other alerts of a server that is down when no alert has a cluster label', async () => {
    const job = 'down-nameless'
    await fire({ ...down, job }, { ...burn, job }, { ...slow, job })

    expect(await stateOf({ ...burn, job })).toBe('suppressed')
    expect(await stateOf({ ...slow, job })).toBe('suppressed')
  })

  it('suppresses MCPServerDown behind a gateway that is down, but not in another cluster', async () => {
    const gone = { ...down, job: 'mcp-hello-server' }
    await fire(
      { alertname: 'OTelGatewayDown', severity: 'critical', job: 'otel-gateway', cluster: 'staging' },
      { ...gone, cluster: 'staging' },
      { ...gone, cluster: 'production' },
    )

    expect(await stateOf({ ...gone, cluster: 'staging' })).toBe('suppressed')
    expect(await stateOf({ ...gone, cluster: 'production' })).toBe('active')
  })

  it('suppresses an info alert when InfoInhibitor fires later, and never sends it to Slack', async () => {
    const info = { alertname: 'MCPHallucinatedTools', severity: 'info', job: 'informed' }
    await fire(info)
    expect(await stateOf(info)).toBe('active')
    await fire({ alertname: 'InfoInhibitor', severity: 'none', job: 'informed' })

    await waitFor(async () => (await stateOf(info)) === 'suppressed')
    expect(receivers.slack.filter(({ title }) => title.includes('MCPHallucinatedTools'))).toEqual([])
  })

  it('pages separately for critical issues of two namespaces, and names the namespace in each summary', async () => {
    const issue = {
      alertname: 'MCPClusterCriticalIssue',
      severity: 'critical',
      job: 'mcp-vitals-exporter',
      cluster: 'c1',
    }
    await fire({ ...issue, namespace: 'shop' }, { ...issue, namespace: 'payments' })

    const triggered = () =>
      receivers.pagerDuty.flatMap((event) =>
        event.event_action === 'trigger' && event.payload.class === issue.alertname ? [event] : [],
      )
    await waitFor(() => triggered().length === 2, 30_000, 'two pages')
    expect(new Set(triggered().map(({ dedup_key }) => dedup_key)).size).toBe(2)
    expect(
      triggered()
        .map(({ payload }) => payload.summary)
        .sort(),
    ).toEqual([
      '[CRITICAL] MCPClusterCriticalIssue on mcp-vitals-exporter, namespace payments, cluster c1',
      '[CRITICAL] MCPClusterCriticalIssue on mcp-vitals-exporter, namespace shop, cluster c1',
    ])
  })
})
