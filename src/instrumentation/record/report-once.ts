// Tells the person who runs the program, in one line on stderr, what cannot be measured and what to do. OpenTelemetry's `diag` is
// silent unless somebody installs a logger, and refuses loggers where two versions of the API are loaded.
import { Console } from 'node:console'

/** More different lines than this are not expected; the rest is dropped. */
const MAX_LINES = 100

const reported = new Set<string>()
let stderr: Console | undefined

/** Writes `mcp-vitals: <line>` to stderr, once for each line. Never throws. */
export function reportOnce(line: string): void {
  if (reported.has(line) || reported.size >= MAX_LINES) return
  reported.add(line)
  // A console does not throw, or let the process die, when nobody reads stderr any more.
  stderr ??= new Console(process.stderr)
  stderr.error(`mcp-vitals: ${line}`)
}
