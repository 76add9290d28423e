// What differs between watching a server and watching a client, and what the user chose for both.
import type { CalledTool } from './tool-call.ts'
import type { Captured } from './tracing.ts'

export interface Settings {
  /** Milliseconds after which the books of an operation are closed though no reply went out. */
  deadlineMs(toolName: string | undefined): number
  readonly memory: boolean
  readonly sizes: boolean
  readonly capture: ReadonlySet<Captured>
  /** Client names that may be labels besides the known ones. */
  readonly clients: ReadonlySet<string>
}

export interface Role {
  readonly kind: 'server' | 'client'
  readonly settings: Settings
  /** The name of a tool or prompt as it may stand on metrics: itself if it was offered, else `_OTHER`. */
  label(method: string, name: string): string
  /** A tool that is being called on this server; on a client there is none. */
  calledTool?(name: string): CalledTool
  /** A `tools/list` or `prompts/list` was answered: from now on these names are offered. */
  listed(method: string, result: unknown): void
}
