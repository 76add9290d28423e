// Measures what a server's lists cost a model's context: each tool's definition, how many there are, and the bytes of each list.
import type { Context } from '@opentelemetry/api'
import { isRecord, member, textMember } from '../outcome/read-value.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import { frozenSize } from './frozen-size.ts'

export interface Definitions {
  /**
   * A list was answered. `cursor` is that of the request; `scannedBytes` the size of a result that was too large to be collected, whose
   * definitions are then not known; `active` has the span of the request.
   */
  answered(list: AnsweredList): void
  /** A page of tools that no client asked for: it cost no model anything. */
  learned(cursor: string | undefined, result: unknown): void
}

export interface AnsweredList {
  readonly method: string
  readonly cursor: string | undefined
  readonly result: unknown
  readonly scannedBytes: number | undefined
  readonly active: Context
}

const LISTS: ReadonlySet<string> = new Set(['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list'])

/** More servers under different names share the last ones' place; more pages and tools are not measured. */
const MAX_SERVERS = 200
const MAX_PAGES = 100
const MAX_TOOLS = 1_000

type Sizes = ReadonlyMap<string, number>

/** Bytes of each tool's definition, by server. */
const listed = new Map<string, Sizes>()

onLabelReset(() => listed.clear())

onMeterProvider(() => {
  for (const sizes of listed.values()) record(sizes)
})

/** What servers called `serverName` list in this process. */
export function definitionsOf(serverName: string): Definitions {
  /** Tools of the pages so far, by the cursor that continues them. */
  const pages = new Map<string, Sizes>()

  const learned = (cursor: string | undefined, result: unknown): void => {
    const before = cursor === undefined ? new Map<string, number>() : pages.get(cursor)
    if (before === undefined) return
    const sizes = new Map([...before, ...sizesIn(result)].slice(0, MAX_TOOLS))
    const next = textMember(result, 'nextCursor')
    if (next === undefined) replace(serverName, sizes)
    else if (pages.size < MAX_PAGES || pages.has(next)) pages.set(next, sizes)
    if (next === undefined) pages.clear()
  }

  return {
    learned,
    answered({ method, cursor, result, scannedBytes, active }) {
      if (!LISTS.has(method) || result === undefined) return
      const bytes = scannedBytes ?? frozenSize(result)
      if (bytes !== undefined) {
        instruments.listResponseSize.record(bytes, { 'mcp.method.name': method }, active)
      }
      if (method === 'tools/list' && scannedBytes === undefined) learned(cursor, result)
    },
  }
}

function sizesIn(result: unknown): [string, number][] {
  const tools = member(result, 'tools')
  if (!Array.isArray(tools)) return []
  return tools.flatMap((tool) => {
    const name = textMember(tool, 'name')
    const bytes = isRecord(tool) ? frozenSize(tool) : undefined
    return name === undefined || bytes === undefined ? [] : [[name, bytes] as [string, number]]
  })
}

function replace(serverName: string, sizes: Sizes): void {
  const before = listed.get(serverName)
  if (before === undefined && listed.size >= MAX_SERVERS) return
  listed.set(serverName, sizes)
  const gone = [...(before?.keys() ?? [])].filter((name) => !sizes.has(name))
  record(new Map([...gone.map((name) => [name, 0] as const), ...sizes]))
}

function record(sizes: Sizes): void {
  for (const [name, bytes] of sizes) instruments.toolDefinitionSize.record(bytes, { 'tool.name': name })
  const all = [...listed.values()].reduce((sum, { size }) => sum + size, 0)
  instruments.toolsListed.record(all)
}
