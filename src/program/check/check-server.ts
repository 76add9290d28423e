// Checks what a server costs a model's context against budgets.
import { SCOPE } from '@mcp-vitals/instrumentation'
import { connectHttp } from '../http-client.ts'
import type { ListingClient, Offer } from './list-offer.ts'
import { listOffer } from './list-offer.ts'
import { connectStdio } from './stdio-client.ts'

interface Budgets {
  readonly maxBytes: number | undefined
  readonly maxTokens: number | undefined
  readonly maxTools: number | undefined
}

interface CheckOptions extends Budgets {
  readonly url: string | undefined
  readonly server: readonly string[]
  readonly json: boolean
}

interface Checked {
  readonly text: string
  /** 1 above a budget, or if the server cannot be asked. */
  readonly exitCode: 0 | 1
}

export async function checkServer(options: CheckOptions): Promise<Checked> {
  let offer: Offer
  try {
    const client = await (options.url === undefined ? connectStdio(options.server) : connectUrl(options.url))
    try {
      offer = await listOffer(client)
    } finally {
      await client.close().catch(() => {})
    }
  } catch (error) {
    const reason = `The server cannot be checked: ${error instanceof Error ? error.message : String(error)}`
    return { text: options.json ? `${JSON.stringify({ error: reason })}\n` : `${reason}\n`, exitCode: 1 }
  }
  const exceeded = exceededBudgets(offer, options)
  const text = options.json ? `${JSON.stringify({ ...offer, exceeded }, null, 2)}\n` : report(offer, exceeded)
  return { text, exitCode: exceeded.length === 0 ? 0 : 1 }
}

async function connectUrl(url: string): Promise<ListingClient> {
  const client = await connectHttp({ url, name: `${SCOPE.name}-check`, version: SCOPE.version })
  return {
    opened: client.opened,
    request: (method, params) => client.request(method, params).result,
    close: () => client.close(),
  }
}

function exceededBudgets({ bytes, tokens, tools }: Offer, budgets: Budgets): string[] {
  const checks = [
    ['bytes', bytes, budgets.maxBytes],
    ['estimated tokens', tokens, budgets.maxTokens],
    ['tools', tools.length, budgets.maxTools],
  ] as const
  return checks.flatMap(([what, value, most]) =>
    most !== undefined && value > most ? [`${value} ${what}, more than ${most}`] : [],
  )
}

function report(offer: Offer, exceeded: readonly string[]): string {
  const { server, protocolVersion, tools, bytes, tokens, prompts, resources } = offer
  const width = Math.max(5, ...tools.map(({ name }) => name.length))
  const row = (name: string, ...columns: readonly (string | number)[]) =>
    `${name.padEnd(width)}${columns.map((column) => String(column).padStart(10)).join('')}\n`
  const lines = [
    `${server}, protocol ${protocolVersion}\n\n`,
    row('tool', 'bytes', 'tokens*'),
    ...tools.map((tool) => row(tool.name, tool.bytes, tool.tokens)),
    row('total', bytes, tokens),
    `\n${tools.length} tools, ${prompts} prompts, ${resources} resources\n`,
    '* estimated as bytes divided by 4\n',
    ...exceeded.map((fault) => `OVER BUDGET: ${fault}\n`),
  ]
  return lines.join('')
}
