// The options of `instrumentMcpServer` and `instrumentMcpClient`, and their defaults.
import type { Captured } from './operation-span.ts'

/** A tool's own settings. */
export interface ToolOptions {
  /** Error types besides the closed ones that this tool may have; at most 100 over all tools are admitted. */
  readonly errorTypes?: readonly string[]
  /** Milliseconds, in place of the server's `deadlineMs`. */
  readonly deadlineMs?: number
}

export interface InstrumentOptions {
  /** Tools that are offered though they are neither registered nor listed, or more about those that are. */
  readonly tools?: readonly string[] | Readonly<Record<string, ToolOptions>>
  /**
   * Milliseconds after which a call that was never answered is counted as `timeout`. It only closes the books: the call
   * goes on, and a late reply is sent.
   * @default 600_000
   */
  readonly deadlineMs?: number
  /** Whether `mcp.tool.memory` is recorded. Costs two readings of the heap's statistics a call. @default false */
  readonly memory?: boolean
  /** Whether sizes of arguments and results are recorded. Costs one walk over each; see `jsonSize`. @default true */
  readonly sizes?: boolean
  /** Names of clients that may be labels besides those known. */
  readonly clients?: readonly string[]
  /** Content that is put on spans, each by name. Any of it may be somebody's secret. @default [] */
  readonly capture?: readonly Captured[]
  /**
   * Whether a client's trace context becomes the parent of the server's span; otherwise it becomes a link, so that strangers cannot
   * choose trace ids or force sampling.
   * @default what `startTelemetry` was told, else true
   */
  readonly trustTraceContext?: boolean
}

const DEFAULT_DEADLINE_MS = 600_000
/** Node's timers fire at once when they are asked to wait longer (24.8 days). */
const MAX_DEADLINE_MS = 2 ** 31 - 1

/** The options with the defaults. */
export interface InstrumentSettings {
  /** Milliseconds after which the books of an operation are closed though no reply went out. */
  deadlineMs(toolName: string | undefined): number
  readonly memory: boolean
  readonly sizes: boolean
  readonly capture: ReadonlySet<Captured>
  /** Client names that may be labels besides the known ones. */
  readonly clients: ReadonlySet<string>
  /** Undefined for the process's setting. */
  readonly trustTraceContext: boolean | undefined
}

/** The user's options with the defaults. */
export function settingsOf(options: InstrumentOptions): InstrumentSettings {
  const tools = toolOptions(options)
  const deadlineMs = deadline(options.deadlineMs, DEFAULT_DEADLINE_MS)
  return {
    deadlineMs: (name) => deadline(name === undefined ? undefined : tools.get(name)?.deadlineMs, deadlineMs),
    memory: options.memory ?? false,
    sizes: options.sizes ?? true,
    capture: new Set(options.capture),
    clients: new Set(options.clients),
    trustTraceContext: options.trustTraceContext,
  }
}

/** `Infinity` is the longest that a timer can wait; what is no time to wait at all is as if it were not given. */
function deadline(givenMs: number | undefined, otherwiseMs: number): number {
  return givenMs !== undefined && givenMs > 0 ? Math.min(givenMs, MAX_DEADLINE_MS) : otherwiseMs
}

/** The tools that are named, with what is said of each. */
export function toolOptions({ tools = {} }: InstrumentOptions): ReadonlyMap<string, ToolOptions> {
  return new Map(Array.isArray(tools) ? tools.map((name: string) => [name, {}]) : Object.entries(tools))
}
