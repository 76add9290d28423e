// What differs between watching a server and watching a client.
import type { Settings } from './instrument-options.ts'
import type { CalledTool } from './tool-call.ts'

export interface Role {
  readonly kind: 'server' | 'client'
  readonly settings: Settings
  /** The name of a tool or prompt as it may stand on metrics: itself if it was offered, else `_OTHER`. */
  label(method: string, name: string): string
  /** A tool that is being called on this server; on a client there is none. */
  calledTool?(name: string): CalledTool
  /** A connection is about to be watched. */
  connecting(): void
  /** A `tools/list` or `prompts/list` was answered: from now on these names are offered. */
  listed(method: string, result: unknown): void
}
