// A server as the wire sees it: which names it offered, what its tools declare, and what it is called.
import { OTHER } from '../catalog/overflow.ts'
import type { Sdk } from '../catalog/protocol-values.ts'
import type { CallEvidence } from '../outcome/judge-reply.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import { startAtZero } from '../record/tool-zeros.ts'
import { definitionsOf } from './definitions.ts'
import type { InstrumentOptions } from './instrument-options.ts'
import { settingsOf, toolOptions } from './instrument-options.ts'
import { listedNames, offeredBy } from './offered.ts'
import type { CalledTool, Party } from './party.ts'
import { speaks } from './spoken.ts'
import { tasksOf } from './tasks.ts'

/** What the adapter knows of a server. */
export interface ServerFacts {
  readonly name: string
  readonly version: string
  readonly sdk?: Sdk
  /** Whether a tool or prompt of that name is registered now, where that can be asked. */
  isRegistered?(what: 'tools' | 'prompts', name: string): boolean
  /** The adapter's part of a call of an offered tool: what it knows besides the reply. */
  observeCall?(toolName: string, args: unknown, offered: boolean): Omit<CalledTool, 'label' | 'declared'>
}

export interface ServerParty extends Party {
  /** The server offers this tool: it can be a label, and its series start at 0. */
  offer(toolName: string): void
}

export function createServerParty(server: ServerFacts, options: InstrumentOptions): ServerParty {
  const offered = offeredBy(server.name)
  const declared = new Map([...toolOptions(options)].map(([name, { errorTypes = [] }]) => [name, new Set(errorTypes)]))
  const offer = (tool: string) => {
    offered.tools.add(tool)
    startAtZero(tool, declared.get(tool))
  }
  const isOffered = (what: 'tools' | 'prompts', name: string) =>
    server.isRegistered?.(what, name) === true || offered[what].has(name)
  for (const tool of declared.keys()) offer(tool)
  announce(server)
  return {
    kind: 'server',
    settings: settingsOf(options),
    tasks: tasksOf(server.name),
    definitions: definitionsOf(server.name),
    speaks: (version) => speaks(server.name, version, server.sdk),
    label: (method, name) => (isOffered(method === 'tools/call' ? 'tools' : 'prompts', name) ? name : OTHER),
    calledTool(name, args) {
      const known = isOffered('tools', name)
      if (known) offer(name)
      return {
        ...(server.observeCall?.(name, args, known) ?? UNOBSERVED),
        label: known ? name : OTHER,
        declared: declared.get(name) ?? NONE,
      }
    },
    listed(method, result) {
      if (method === 'tools/list') for (const name of listedNames(result, 'tools')) offer(name)
      if (method === 'prompts/list') for (const name of listedNames(result, 'prompts')) offered.prompts.add(name)
    },
    offer,
  }
}

const NONE: ReadonlySet<string> = new Set()
const UNOBSERVED = { evidence: (): CallEvidence => ({ kind: 'none' }) }

/** Servers under more names and versions than this have no `mcp_server_info`. */
const MAX_ANNOUNCED = 50

const announced = new Map<string, () => void>()
onLabelReset(() => announced.clear())

/** Records `mcp_server_info` of each server, now and on every meter provider to come. */
function announce({ name, version }: ServerFacts): void {
  const key = JSON.stringify([name, version])
  if (announced.has(key) || announced.size >= MAX_ANNOUNCED) return
  const record = () =>
    instruments.serverInfo.record(1, { 'server.name': name, version, 'node.version': process.version })
  announced.set(key, record)
  record()
}

onMeterProvider(() => {
  for (const record of announced.values()) record()
})
