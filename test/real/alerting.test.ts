// Tests alerts from a real fault to Slack and PagerDuty: killed servers, removed targets, failing, slow and many calls.
// The rules run at thirty times their pace. The fake receivers reject what Slack and PagerDuty would reject.
import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { AlertReceivers, SlackMessage } from '../support/alertmanager/alert-receivers.ts'
import { isAbout, pagedFor, startAlertReceivers } from '../support/alertmanager/alert-receivers.ts'
import { connectClient } from '../support/clients/mcp-client.ts'
import type { RepeatedCalls } from '../support/clients/repeated-calls.ts'
import { startRepeatedCalls } from '../support/clients/repeated-calls.ts'
import { deliverTo } from '../support/collector/collector-parts.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import type { RunningServer } from '../support/programs/run-cli.ts'
import { runServer } from '../support/programs/run-cli.ts'
import { useRealParts } from '../support/programs/use-real-parts.ts'
import { waitFor } from '../support/programs/wait-for.ts'
import type { RunningPrometheus } from '../support/prometheus/prometheus-parts.ts'
import { inSeconds, otherDifferences, PACE, quickened } from '../support/prometheus/quickened-rules.ts'
import { alertRules, ruleFiles } from '../support/prometheus/rule-files.ts'
import { scrapeSeries } from '../support/prometheus/scrape-series.ts'

const parts = useRealParts()

const JOB = 'mcp-hello-server-metrics'
/** The delivery time allowed in addition to an alert's `for`. */
const ALLOWED_MS = 30_000
/** The timeout for all other waits. */
const PATIENCE_MS = 90_000

interface Told {
  readonly prometheus: RunningPrometheus
  readonly alertmanagerUrl: string
  readonly receivers: AlertReceivers
}

const opened: AlertReceivers[] = []
const latencies: string[] = []
let pull: Told
let ports: readonly number[]
let server: RunningServer

/** Starts Prometheus, Alertmanager and the receivers. Prometheus scrapes the servers on these ports. */
async function start(name: string, scraped: readonly number[], gatewayTelemetry?: number): Promise<Told> {
  const receivers = await startAlertReceivers()
  opened.push(receivers)
  const alertmanager = await parts.alertmanager(receivers)
  const prometheus = await parts.prometheus({
    name,
    targets: scraped.map((port) => ({ address: `127.0.0.1:${port}` })),
    scrapeInterval: '500ms',
    alertmanager: alertmanager.address,
    rules: quickened,
    ...(gatewayTelemetry !== undefined && { gateway: `127.0.0.1:${gatewayTelemetry}` }),
  })
  return { prometheus, alertmanagerUrl: alertmanager.url, receivers }
}

const serveOn = (port: number | undefined) =>
  runServer(['--demo-tools', '--concurrency', '100'], { OTEL_EXPORTER_PROMETHEUS_PORT: String(port) })

beforeAll(async () => {
  ports = await freePorts(1)
  server = await serveOn(ports[0])
  pull = await start('alerting', ports)
  await waitFor(async () => (await pull.prometheus.value(`up{job="${JOB}"}`)) === 1, 20_000, 'the first scrape')
})
afterAll(async () => {
  for (const receivers of opened) await receivers.stop()
  console.info(`from the fault to the receiver:\n${latencies.join('\n')}`)
})

/** The `for` of the quickened rule, in milliseconds. */
function forOf(alert: string): number {
  const rule = alertRules().find((one) => one.alert === alert)
  if (rule?.for === undefined) throw new Error(`${alert} has no \`for\``)
  return (inSeconds(rule.for) / PACE) * 1000
}

function slackOf(told: Told, alert: string, since: number, resolved = false): Promise<SlackMessage> {
  const found = () => told.receivers.slack.find((message) => message.at >= since && isAbout(alert, resolved)(message))
  return waitFor(found, PATIENCE_MS, `Slack being told that ${alert} ${resolved ? 'is over' : 'fires'}`)
}

function expectInTime(what: string, alert: string, began: number, arrived: number): void {
  const allowed = forOf(alert) + ALLOWED_MS
  latencies.push(`  ${what}: ${alert} after ${(arrived - began) / 1000} s, of ${allowed / 1000} s`)
  expect(arrived - began).toBeLessThan(allowed)
  // An earlier message would belong to another fault.
  expect(arrived - began).toBeGreaterThanOrEqual(forOf(alert))
}

/** Checks the text, color and buttons of a Slack message. */
function expectMessage(told: Told, message: SlackMessage, alert: string, color: string, job = JOB): void {
  const rule = alertRules().find((one) => one.alert === alert)
  expect(message.color).toBe(color)
  expect(message.fallback).toBe(message.title)
  expect(message.text).toContain(rule?.annotations.summary)
  expect(message.text).toMatch(/\n• .{20,}/)
  const filter = `filter=%7Balertname%3D%22${alert}%22%2Cjob%3D%22${job}%22%7D`
  expect(message.title_link).toMatch(new RegExp(`/#/alerts\\?${filter}$`))
  const links = new Map(message.actions.map(({ text, url }) => [text, url]))
  expect(links.get('Runbook')).toBe(rule?.annotations.runbook_url)
  expect(links.get('Dashboard')).toMatch(new RegExp(`^https://grafana\\.example\\.com/d/mcp-\\w+\\?var-job=${job}`))
  expect(links.get('Silence')).toMatch(new RegExp(`/#/silences/new\\?${filter}$`))
  expect(told.receivers.refused).toEqual([])
}

/** Expects both receivers to get the complete MCPServerDown in time. */
async function expectDown(told: Told, what: string, began: number, job = JOB) {
  const [message, event] = await Promise.all([
    slackOf(told, 'MCPServerDown', began),
    waitFor(() => pagedFor(told.receivers, 'MCPServerDown', began)[0], PATIENCE_MS, 'PagerDuty being told'),
  ])
  expectInTime(`${what}, Slack`, 'MCPServerDown', began, message.at)
  expectInTime(`${what}, PagerDuty`, 'MCPServerDown', began, event.at)
  expectMessage(told, message, 'MCPServerDown', 'danger', job)
  expect(event.payload).toMatchObject({
    summary: `[CRITICAL] MCPServerDown on ${job}`,
    severity: 'critical',
    class: 'MCPServerDown',
    component: job,
    custom_details: {
      summary: 'MCP Server is down.',
      alerts: [expect.stringMatching(/has been down for more than 5 minutes: .+ Since \d{4}-/)],
      silence: expect.stringContaining('/#/silences/new?filter='),
    },
  })
  expect(event.links).toEqual([
    { href: 'https://runbooks.example.com/mcp-vitals/MCPServerDown.md', text: 'Runbook' },
    { href: `https://grafana.example.com/d/mcp-server?var-job=${job}`, text: 'Dashboard' },
  ])
  return { message, event }
}

/** Expects both receivers to get the end of the alert. PagerDuty resolves by the key of its incident. */
async function expectBack(told: Told, { event }: Awaited<ReturnType<typeof expectDown>>, since: number) {
  const resolved = () =>
    told.receivers.pagerDuty.find(
      ({ event_action, dedup_key, at }) => event_action === 'resolve' && dedup_key === event.dedup_key && at >= since,
    )
  const [message] = await Promise.all([
    slackOf(told, 'MCPServerDown', since, true),
    waitFor(resolved, PATIENCE_MS, 'PagerDuty being told to resolve what it opened'),
  ])
  expect(message.color).toBe('good')
  expect(message.text).toMatch(/\n• ~.+~$/)
  expect(told.receivers.refused).toEqual([])
}

async function kill({ child, exited }: RunningServer): Promise<void> {
  child.kill('SIGKILL')
  await exited
}

const LOADS = {
  HighErrorRate: { tool: 'demo_fail', arguments: { kind: 'bug' }, atOnce: 1, apartMs: 100 },
  HighLatency: { tool: 'demo_slow', arguments: { seconds: 5.5 }, atOnce: 10, apartMs: 100 },
  // More calls than the threshold needs, since some of them always pause.
  TooManyActiveRequests: { tool: 'demo_slow', arguments: { seconds: 4 }, atOnce: 60, apartMs: 50 },
} as const satisfies Record<string, RepeatedCalls>

describe('the quickened rules', () => {
  it('differ from the shipped rules, and only in durations', () => {
    for (const file of ruleFiles()) {
      const shipped = readFileSync(`alerts/${file}`, 'utf8')
      expect(otherDifferences(shipped, quickened(shipped)), file).toEqual([])
      expect(quickened(shipped), file).not.toBe(shipped)
    }
  })
})

describe('otherDifferences', () => {
  it.each([
    ['a different threshold', '> 50', '> 5'],
    ['a different label', 'severity: critical', 'severity: none'],
    ['a window at another pace', '[10s]', '[11s]'],
    ['a `for` at another pace', 'for: 20s', 'for: 2s'],
  ])('reports %s', (_, derived, wrong) => {
    const shipped = readFileSync('alerts/mcp-server-alerts.yml', 'utf8')
    const used = quickened(shipped)
    expect(used).toContain(derived)
    expect(otherDifferences(shipped, used.replace(derived, wrong))).toHaveLength(1)
  })
})

describe('the summary of each alert', () => {
  it('exists and contains no ": ", which would turn the PagerDuty details into an object', () => {
    expect(alertRules().filter(({ annotations }) => /: /.test(annotations.summary ?? ': '))).toEqual([])
  })
})

describe('alert delivery', () => {
  it('notifies Slack and PagerDuty in time when a server is killed, and again when it is back', async () => {
    parts.watch()
    await kill(server)
    const down = await expectDown(pull, 'killed', Date.now())
    expect(down.message.text).toContain(`127.0.0.1:${ports[0]} has been down`)
    const back = Date.now()
    server = await serveOn(ports[0])
    await expectBack(pull, down, back)
  })

  it('treats a healthy server as down while its target is removed from the configuration', async () => {
    parts.watch()
    const { configFile } = pull.prometheus
    const whole = readFileSync(configFile, 'utf8')
    const target = `["127.0.0.1:${ports[0]}"]`
    expect(whole).toContain(target)
    writeFileSync(configFile, whole.replace(target, '[]'))
    const began = Date.now()
    pull.prometheus.signal('SIGHUP')
    const down = await expectDown(pull, 'taken out', began)
    expect(down.message.text).toContain('there is no target and nothing is pushed')
    writeFileSync(configFile, whole)
    const back = Date.now()
    pull.prometheus.signal('SIGHUP')
    await expectBack(pull, down, back)
  })

  it.each(['HighErrorRate', 'HighLatency', 'TooManyActiveRequests'] as const)(
    'sends %s from real calls to Slack in time, pages nobody, and reports its end when the calls stop',
    async (alert) => {
      parts.watch()
      const { client } = await connectClient(server.url)
      const began = Date.now()
      const load = startRepeatedCalls(client, LOADS[alert])
      onTestFinished(load.end)
      const message = await slackOf(pull, alert, began)
      expectInTime('calls', alert, began, message.at)
      expectMessage(pull, message, alert, 'warning')
      const stopped = Date.now()
      expect(await load.stop()).toBeGreaterThanOrEqual(5)
      const over = await slackOf(pull, alert, stopped, true)
      expect(over.color).toBe('good')
      expect(pagedFor(pull.receivers, alert, began)).toEqual([])
    },
  )

  it('suppresses the errors of one replica while another is down, and sends them once that one is back', async () => {
    parts.watch()
    const pair = await freePorts(2)
    const [gone, failing] = [await serveOn(pair[0]), await serveOn(pair[1])]
    const told = await start('inhibition', pair)
    await waitFor(async () => (await told.prometheus.value(`sum(up{job="${JOB}"})`)) === 2, 20_000, 'two targets')
    const began = Date.now()
    await kill(gone)
    const down = await expectDown(told, 'one of two killed', began)

    const { client } = await connectClient(failing.url)
    const load = startRepeatedCalls(client, LOADS.HighErrorRate)
    onTestFinished(load.end)
    const suppressed = async () => {
      const filter = encodeURIComponent('alertname="HighErrorRate"')
      const alerts = (await (await fetch(`${told.alertmanagerUrl}/api/v2/alerts?filter=${filter}`)).json()) as {
        status: { state: string; inhibitedBy: string[] }
      }[]
      return alerts.find(({ status }) => status.state === 'suppressed' && status.inhibitedBy.length === 1)
    }
    await waitFor(suppressed, PATIENCE_MS, 'HighErrorRate being inhibited')
    // Alertmanager counts each due group whose notification it suppresses.
    const held = 'alertmanager_notifications_suppressed_total{reason="inhibition"}'
    const heldBack = async () => (await scrapeSeries(`${told.alertmanagerUrl}/metrics`)).get(held) ?? 0
    const before = await heldBack()
    await waitFor(async () => (await heldBack()) >= before + 10, PATIENCE_MS, 'ten notifications being held back')
    expect(told.receivers.slack.filter(isAbout('HighErrorRate', false))).toEqual([])

    const back = Date.now()
    await serveOn(pair[0])
    await expectBack(told, down, back)
    await slackOf(told, 'HighErrorRate', back)
  })

  it('notifies both receivers when a push-only server without a target is killed, and when it is back', async () => {
    parts.watch()
    const [telemetry] = await freePorts(1)
    const told = await start('pushed', [], telemetry)
    const gateway = await parts.gateway({ ...deliverTo(told.prometheus), GATEWAY_TELEMETRY_PORT: String(telemetry) })
    const push = () =>
      runServer([], {
        OTEL_METRICS_EXPORTER: 'otlp',
        OTEL_EXPORTER_OTLP_ENDPOINT: gateway.endpoint,
        OTEL_METRIC_EXPORT_INTERVAL: '500',
      })
    const pushing = await push()
    const info = 'mcp_server_info{job="mcp-hello-server"}'
    await waitFor(async () => (await told.prometheus.value(info)) === 1, 30_000, 'the first push')
    // Before the first push, the missing server counts as down. Wait until that alert ends.
    const firing = () => told.prometheus.value('count(ALERTS{alertname="MCPServerDown"}) or vector(0)')
    await waitFor(async () => (await firing()) === 0, PATIENCE_MS, 'no alert')
    await kill(pushing)
    const down = await expectDown(told, 'pushing, killed', Date.now(), 'mcp-hello-server')
    const back = Date.now()
    await push()
    await expectBack(told, down, back)
  })
})
