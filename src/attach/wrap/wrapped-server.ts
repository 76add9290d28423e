// A wrapped server as the wire sees it: all that is known of it is what it says over its two streams.
import { instruments, OTHER } from '@mcp-vitals/instrumentation'
import type { CallEvidence, CalledTool, Party } from '@mcp-vitals/instrumentation/wire'
import { isRecord, member, nameSet, settingsOf, startAtZero, textMember } from '@mcp-vitals/instrumentation/wire'
import type { ArgumentCheck } from './check-arguments.ts'
import { createArgumentCheck } from './check-arguments.ts'

export interface WrappedServer extends Party {
  /** A reply is judged next: arguments are checked for a failure alone. */
  judging(reply: unknown): void
  /** Whether the server has listed a tool of that name. */
  isListed(toolName: string): boolean
}

/** Each tool keeps its input schema: beyond this many, arguments are not checked. */
const MAX_SCHEMAS = 1_000
const NONE: ReadonlySet<string> = new Set()

export function createWrappedServer(): WrappedServer {
  const tools = nameSet()
  const prompts = nameSet()
  const checks = new Map<string, ArgumentCheck>()
  let failing = false
  let announced = ''

  const announce = (info: unknown) => {
    const name = textMember(info, 'name')
    const version = textMember(info, 'version') ?? OTHER
    const key = JSON.stringify([name, version])
    if (name === undefined || key === announced) return
    announced = key
    // Which Node runs it, if any, is not known.
    instruments.serverInfo.record(1, { 'server.name': name, version })
  }
  const learnTool = (tool: unknown) => {
    const name = textMember(tool, 'name')
    if (name === undefined) return
    tools.add(name)
    if (tools.has(name)) startAtZero(name)
    const schema = member(tool, 'inputSchema')
    if (schema !== undefined && (checks.has(name) || checks.size < MAX_SCHEMAS)) {
      checks.set(name, createArgumentCheck(schema))
    }
  }
  const entries = (result: unknown, what: 'tools' | 'prompts'): unknown[] => {
    const list = member(result, what)
    return Array.isArray(list) ? list : []
  }

  return {
    kind: 'server',
    settings: settingsOf({}),
    label: (method, name) => ((method === 'tools/call' ? tools : prompts).has(name) ? name : OTHER),
    calledTool(name, args): CalledTool {
      return {
        get label() {
          return tools.has(name) ? name : OTHER
        },
        declared: NONE,
        evidence(): CallEvidence {
          if (!failing) return { kind: 'none' }
          const given = args instanceof PassedArguments ? args.read() : (args ?? {})
          return { kind: isRecord(given) && checks.get(name)?.(given) === 'refused' ? 'refused' : 'none' }
        },
      }
    },
    listed(method, result) {
      announce(member(member(result, '_meta'), 'io.modelcontextprotocol/serverInfo'))
      if (method === 'initialize' || method === 'server/discover') announce(member(result, 'serverInfo'))
      if (method === 'tools/list') for (const tool of entries(result, 'tools')) learnTool(tool)
      if (method !== 'prompts/list') return
      for (const prompt of entries(result, 'prompts')) {
        const name = textMember(prompt, 'name')
        if (name !== undefined) prompts.add(name)
      }
    },
    judging(reply) {
      failing = member(reply, 'error') !== undefined || member(member(reply, 'result'), 'isError') === true
    },
    isListed: (toolName) => tools.has(toolName),
  }
}

/** Stands for arguments that were measured as they passed. Their message may have been kept: it is parsed when they are needed. */
export class PassedArguments {
  readonly #readMessage: (() => unknown) | undefined

  constructor(readMessage: (() => unknown) | undefined) {
    this.#readMessage = readMessage
  }

  /** The arguments; undefined if they were not kept. */
  read(): unknown {
    return member(member(this.#readMessage?.(), 'params'), 'arguments')
  }

  toJSON(): unknown {
    return this.read()
  }
}
