// A server as the wire sees it: which names it offered, what its tools declare, and what it is called.
import { OTHER } from '../catalog/overflow.ts'
import type { Sdk } from '../catalog/protocol-values.ts'
import type { CallEvidence } from '../outcome/judge-reply.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import { startAtZero } from '../record/tool-zeros.ts'
import { definitionsOf } from './definitions.ts'
import type { InstrumentOptions, InstrumentSettings } from './instrument-options.ts'
import { settingsOf, toolOptions } from './instrument-options.ts'
import type { MessageId } from './json-rpc.ts'
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
  /** A call as the adapter sees it, which may know more of it than the reply says. */
  observeCall?(call: ReceivedCall): CalledTool
}

/** What a client sent, and what the server says of that tool. */
export interface ReceivedCall {
  readonly id: MessageId | undefined
  readonly toolName: string
  readonly args: unknown
  readonly isOffered: boolean
  /** Error types that the tool declares. */
  readonly declared: ReadonlySet<string>
}

export interface ServerParty extends Party {
  /** The server offers this tool: it can be a label, and its series start at 0. */
  offer(toolName: string): void
}

export function createServerParty(server: ServerFacts, options: InstrumentOptions): ServerParty {
  const offered = offeredBy(server.name)
  const { settings, declared } = readOnce(options)
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
    settings,
    tasks: tasksOf(server.name),
    definitions: definitionsOf(server.name),
    speaks: (version) => speaks(server.name, version, server.sdk),
    label: (method, name) => (isOffered(method === 'tools/call' ? 'tools' : 'prompts', name) ? name : OTHER),
    calledTool(toolName, args, id) {
      const known = isOffered('tools', toolName)
      if (known) offer(toolName)
      const call = { id, toolName, args, isOffered: known, declared: declared.get(toolName) ?? NONE }
      return (
        server.observeCall?.(call) ?? { label: known ? toolName : OTHER, declared: call.declared, evidence: noEvidence }
      )
    },
    listed(method, result) {
      if (method === 'tools/list') for (const name of listedNames(result, 'tools')) offer(name)
      if (method === 'prompts/list') for (const name of listedNames(result, 'prompts')) offered.prompts.add(name)
    },
    offer,
  }
}

interface ReadOptions {
  readonly settings: InstrumentSettings
  /** The error types that each named tool declares. */
  readonly declared: ReadonlyMap<string, ReadonlySet<string>>
}

const readBefore = new WeakMap<InstrumentOptions, ReadOptions>()

/** Programs with a server for each session give all of them the same options, and one reading is enough. */
function readOnce(options: InstrumentOptions): ReadOptions {
  const before = readBefore.get(options)
  if (before !== undefined) return before
  const declared = [...toolOptions(options)].map(([name, { errorTypes = [] }]) => [name, new Set(errorTypes)] as const)
  const read = { settings: settingsOf(options), declared: new Map(declared) }
  readBefore.set(options, read)
  return read
}

const NONE: ReadonlySet<string> = new Set()
const noEvidence = (): CallEvidence => ({ kind: 'none' })

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
