// Stand-ins for Slack's incoming webhooks and PagerDuty's Events API v2 on loopback: what Alertmanager posts to them in, what
// those services would have taken out. What they would refuse is refused here as well, so that it never counts as told.
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { z } from 'zod'

const SLACK_PATH = '/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX'
const PAGERDUTY_PATH = '/v2/enqueue'

const slackMessage = z.object({
  channel: z.string().regex(/^[#@]/),
  attachments: z
    .array(
      z.object({
        fallback: z.string().min(1),
        color: z.string().regex(/^(good|warning|danger|#[0-9a-f]{6})$/i),
        title: z.string().min(1),
        title_link: z.url(),
        text: z.string().min(1),
        actions: z
          .array(z.object({ type: z.literal('button'), text: z.string().min(1), url: z.url() }))
          // Slack shows five buttons of an attachment.
          .max(5),
      }),
    )
    .min(1)
    .max(100),
})

const pagerDutyEvent = z.discriminatedUnion('event_action', [
  z.object({
    event_action: z.literal('trigger'),
    routing_key: z.string().length(32),
    dedup_key: z.string().min(1).max(255),
    payload: z.object({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      class: z.string().optional(),
      component: z.string().optional(),
      group: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.object({ href: z.url(), text: z.string().optional() })).optional(),
  }),
  z.object({
    event_action: z.enum(['resolve', 'acknowledge']),
    routing_key: z.string().length(32),
    dedup_key: z.string().min(1).max(255),
  }),
])

export type SlackMessage = z.infer<typeof slackMessage>['attachments'][number] & { readonly at: number }
export type PagerDutyEvent = z.infer<typeof pagerDutyEvent> & { readonly at: number }

export interface AlertReceivers {
  /** What `slack_api_url_file` holds. */
  readonly slackUrl: string
  /** For `pagerduty_url`. */
  readonly pagerDutyUrl: string
  /** What `routing_key_file` holds. */
  readonly routingKey: string
  /** What was taken, oldest first; `at` in Unix milliseconds. */
  readonly slack: readonly SlackMessage[]
  readonly pagerDuty: readonly PagerDutyEvent[]
  /** Why something was refused. */
  readonly refused: readonly string[]
  stop(): Promise<void>
}

export async function startAlertReceivers(): Promise<AlertReceivers> {
  const slack: SlackMessage[] = []
  const pagerDuty: PagerDutyEvent[] = []
  const refused: string[] = []
  const routingKey = '0123456789abcdef0123456789abcdef'

  const take = async (request: IncomingMessage): Promise<{ status: number; body: string }> => {
    const at = Date.now()
    const isJson = request.headers['content-type']?.startsWith('application/json') ?? false
    const body: unknown = await json(request).catch(() => undefined)
    const refuse = (status: number, why: string) => {
      refused.push(`${request.method} ${request.url}: ${why}`)
      return { status, body: why }
    }
    if (request.method !== 'POST' || !isJson) return refuse(400, 'not a POST of JSON')
    if (request.url === SLACK_PATH) {
      const { data, error } = slackMessage.safeParse(body)
      if (data === undefined) return refuse(400, `invalid_payload: ${z.prettifyError(error)}`)
      slack.push(...data.attachments.map((attachment) => ({ ...attachment, at })))
      return { status: 200, body: 'ok' }
    }
    if (request.url === PAGERDUTY_PATH) {
      const { data, error } = pagerDutyEvent.safeParse(body)
      if (data === undefined) return refuse(400, `invalid event: ${z.prettifyError(error)}`)
      if (data.routing_key !== routingKey) return refuse(400, 'unknown routing key')
      pagerDuty.push({ ...data, at })
      return {
        status: 202,
        body: JSON.stringify({ status: 'success', message: 'Event processed', dedup_key: data.dedup_key }),
      }
    }
    return refuse(404, 'nothing is there')
  }

  const server = createServer((request, response) => {
    void take(request).then(({ status, body }) => response.writeHead(status).end(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    slackUrl: `${base}${SLACK_PATH}`,
    pagerDutyUrl: `${base}${PAGERDUTY_PATH}`,
    routingKey,
    slack,
    pagerDuty,
    refused,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => {})
    },
  }
}

/** Matches Slack messages about an alert: those that it fires, or those that it is resolved. */
export const isAbout = (alert: string, resolved: boolean) => (message: { readonly title: string }) =>
  new RegExp(`^\\[${resolved ? 'RESOLVED' : '(CRITICAL|WARNING)'}[^\\]]*\\] ${alert} on `).test(message.title)

/** Returns the incidents that PagerDuty opened for an alert since a time in Unix milliseconds. */
export function pagedFor({ pagerDuty }: Pick<AlertReceivers, 'pagerDuty'>, alert: string, since: number) {
  return pagerDuty.flatMap((event) =>
    event.event_action === 'trigger' && event.payload.class === alert && event.at >= since ? [event] : [],
  )
}
