// The server or client whose messages pass, as its adapter describes it. What an adapter knows (who offers which names, what a
// tool's code did) is handed in here; the wire itself knows messages and directions only.
import type { CallEvidence, JudgedTool } from '../outcome/judge-reply.ts'
import type { Definitions } from './definitions.ts'
import type { InstrumentSettings } from './instrument-options.ts'
import type { MessageId } from './json-rpc.ts'
import type { Tasks } from './tasks.ts'

export interface Party {
  readonly kind: 'server' | 'client'
  readonly settings: InstrumentSettings
  /** The name of a tool or prompt as it can stand on metrics: itself if it was offered, else `_OTHER`. */
  label(method: string, name: string): string
  /** A tool is called on this server, by the name and arguments that the client sent. A client has no tools. */
  calledTool?(name: string, args: unknown, id?: MessageId): CalledTool
  /** A `tools/list` or `prompts/list` was answered: from now on these names are offered. */
  listed(method: string, result: unknown): void
  /** The tasks of a server. */
  readonly tasks?: Tasks
  /** What a server lists. */
  readonly definitions?: Definitions
  /** The server has spoken a protocol revision, as the messages name it. */
  speaks?(version: string): void
}

/** One call of a tool. Its `label` is asked when the call starts and again when it ends. */
export interface CalledTool extends JudgedTool {
  /** What is known of the call besides its reply, asked when the reply is sent. */
  evidence(): CallEvidence
  /** Runs the code that the request starts, where that code has to know its call. */
  readonly run?: (<T>(deliver: () => T) => T) | undefined
  /** Whether the code that runs right now belongs to this call, where it runs in this process. */
  isRunning?(): boolean
  /** The call is over, once; `isReplied` unless it ended without a reply. */
  ended?(isReplied: boolean): void
}
