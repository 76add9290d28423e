// Lists what a server offers, and measures what the definitions cost.
import { member, textMember } from '@mcp-vitals/instrumentation/wire'
import { RpcError } from '../http-client.ts'

/** A connected client: what `initialize` was answered with, and how to ask more. */
export interface ListingClient {
  readonly opened: Readonly<Record<string, unknown>>
  request(method: string, params?: object): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export interface OfferedTool {
  readonly name: string
  readonly bytes: number
  readonly tokens: number
}

export interface Offer {
  readonly server: string
  readonly protocolVersion: string
  /** The largest first. */
  readonly tools: readonly OfferedTool[]
  /** Of all tool definitions. */
  readonly bytes: number
  /** An estimate. */
  readonly tokens: number
  readonly prompts: number
  readonly resources: number
}

/** A server whose list never ends is asked no further. */
const MAX_PAGES = 100
const BYTES_PER_TOKEN = 4

/** An estimate, without a model's own tokenizer. */
export function estimatedTokens(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN)
}

export async function listOffer(client: ListingClient): Promise<Offer> {
  const { opened } = client
  const capabilities = member(opened, 'capabilities')
  const has = (what: string) => member(capabilities, what) !== undefined
  const listed = async (what: 'tools' | 'prompts' | 'resources') =>
    has(what) ? entriesOf(client, `${what}/list`, what) : []
  const tools = (await listed('tools')).map((tool) => {
    const bytes = Buffer.byteLength(JSON.stringify(tool))
    return { name: textMember(tool, 'name') ?? '', bytes, tokens: estimatedTokens(bytes) }
  })
  const bytes = tools.reduce((sum, tool) => sum + tool.bytes, 0)
  const info = member(opened, 'serverInfo')
  return {
    server: [textMember(info, 'name'), textMember(info, 'version')].filter((text) => text !== undefined).join(' '),
    protocolVersion: textMember(opened, 'protocolVersion') ?? '',
    tools: tools.toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1)),
    bytes,
    tokens: estimatedTokens(bytes),
    prompts: (await listed('prompts')).length,
    resources: (await listed('resources')).length,
  }
}

async function entriesOf(client: ListingClient, method: string, what: string): Promise<unknown[]> {
  const entries: unknown[] = []
  let cursor: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    let result: Record<string, unknown>
    try {
      result = await client.request(method, cursor === undefined ? {} : { cursor })
    } catch (error) {
      // Some servers declare a capability and have no handler for it.
      if (error instanceof RpcError && error.code === -32_601) return entries
      throw error
    }
    const more = result[what]
    if (Array.isArray(more)) entries.push(...more)
    cursor = textMember(result, 'nextCursor')
    if (cursor === undefined) return entries
  }
  return entries
}
