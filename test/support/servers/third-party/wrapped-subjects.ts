// Servers with unchanged files, attached by `mcp-vitals wrap`. The bytes on both sides of `wrap`, and without it, are recorded.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MORE_PROGRAM_SUBJECTS } from './more-program-subjects.ts'
import { PROGRAM_SUBJECTS } from './program-subjects.ts'
import type { PlannedCall, Starts, Subject } from './subject.ts'

const RECORDER = fileURLToPath(new URL('record-streams.ts', import.meta.url))

/** The command twice: behind `cli wrap`, with a recorder on each side of it, and behind a recorder alone. */
export function wrappedStarts(
  cli: string,
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Starts {
  const record = (name: string, recorded: readonly string[]) => [RECORDER, name, ...recorded]
  const server = [process.execPath, ...record('server', command)]
  const wrap = [process.execPath, cli, 'wrap', '--metrics-port', '0', '--', ...server]
  return { with: { args: record('client', wrap), env }, without: { args: record('bare', command), env } }
}

/**
 * How a call counts when only the wire is seen: an error has a text and no class, and a call that fails with arguments that the schema
 * refuses failed for that reason, though a browser that is missing makes Playwright's tools fail before they look at them.
 */
function seenOutside(call: PlannedCall): PlannedCall {
  if (call.counts === 'Error') return { ...call, counts: 'tool_error' }
  return call.tool === 'browser_tabs' ? { ...call, counts: 'validation_error' } : call
}

const SERVERS = [...PROGRAM_SUBJECTS, ...MORE_PROGRAM_SUBJECTS.filter(({ project }) => project === 'zod-4')]

/** Published servers of npm. */
export const WRAPPED_SUBJECTS: readonly Subject[] = SERVERS.flatMap(({ http: _, stdio, ...subject }) => {
  if (stdio === undefined) return []
  const { args, env } = stdio.without
  return {
    ...subject,
    files: {},
    hook: 'mcp-vitals wrap',
    isWrapped: true,
    stdio: wrappedStarts('node_modules/mcp-vitals/program/cli.js', [process.execPath, ...args], env),
    calls: subject.calls.map(seenOutside),
  }
})

/** SHA-256 of the bytes that passed, by direction: all that the client sent and received, and all of the server but `wrap`'s own. */
export interface PassedBytes {
  readonly client: { readonly sent: string; readonly received: string }
  readonly server: { readonly received: string; readonly sent: string }
  /** Answers that the client received, without and with `wrap`. */
  readonly answers: { readonly with: string; readonly without: string }
  /** Requests of `wrap` that reached the server, and answers to them. */
  readonly own: { readonly requests: number; readonly answers: number }
}

/** Reads what the recorders wrote in the last run of each kind. */
export function passedBytes(folder: string): PassedBytes {
  const lines = (file: string) => readFileSync(join(folder, file), 'latin1').split(/(?<=\n)/)
  const isOwn = (line: string) => line.includes('"mcp-vitals:')
  const others = (file: string) => sha256(lines(file).filter((line) => !isOwn(line)))
  const own = (file: string) => lines(file).filter(isOwn).length
  const answers = (file: string) => sha256(lines(file).filter((line) => line.includes('"id":') && !hasMethod(line)))
  return {
    client: { sent: sha256(lines('client.in')), received: sha256(lines('client.out')) },
    server: { received: others('server.in'), sent: others('server.out') },
    answers: { with: answers('client.out'), without: answers('bare.out') },
    own: { requests: own('server.in'), answers: own('server.out') },
  }
}

function hasMethod(line: string): boolean {
  return 'method' in (JSON.parse(line) as object)
}

function sha256(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join(''), 'latin1').digest('hex')
}
