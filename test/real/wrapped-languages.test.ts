// Tests `mcp-vitals wrap` around servers in Python and Go, on the SDKs of those languages: what a raw client sends is counted, with the
// right error types, and every byte passes.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { VITALS_CLI } from '../support/programs/run-cli.ts'
import type { Observation } from '../support/servers/third-party/observe-subject.ts'
import { observeSubject } from '../support/servers/third-party/observe-subject.ts'
import { killServers } from '../support/servers/third-party/server-process.ts'
import type { PlannedCall } from '../support/servers/third-party/subject.ts'
import { passedBytes, wrappedStarts } from '../support/servers/third-party/wrapped-subjects.ts'

const parts = inject('parts')
const PYTHON_SERVER = fileURLToPath(new URL('../support/servers/fastmcp-server.py', import.meta.url))

const CALLS: readonly PlannedCall[] = [
  { tool: 'add', args: { a: 1, b: 2 }, counts: 'success' },
  { tool: 'add', args: { a: 1, b: 'two' }, counts: 'validation_error' },
  { tool: 'add', counts: 'validation_error' },
  { tool: 'paint', args: { color: 'blue' }, counts: 'validation_error' },
  { tool: 'paint', args: { color: 'red' }, counts: 'success' },
  { tool: 'fail', counts: 'tool_error' },
  { tool: 'made_up', counts: 'unknown_tool' },
  { tool: 'add', args: { a: 3, b: 4 }, counts: 'success' },
]

const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-languages-'))
afterAll(() => {
  killServers()
  rmSync(folder, { recursive: true, force: true })
})

describe.each([
  { name: 'Python, FastMCP 4.2.3', command: [parts['fastmcp-python'], PYTHON_SERVER] },
  { name: 'Go, MCP SDK 1.8.0', command: [parts['go-server']] },
])('mcp-vitals wrap around a server in $name', ({ name, command }) => {
  let observed: Observation
  beforeAll(async () => {
    const subject = { name, isWrapped: true, stdio: wrappedStarts(VITALS_CLI, command), calls: CALLS }
    observed = await observeSubject(subject, { folder, transport: 'stdio', runs: 1 })
  })

  it('counts each call once, by tool and error type', () => {
    expect(observed.counted).toEqual(observed.expected)
    expect(observed.requestsCounted).toBe(observed.requestsSent)
  })

  it('passes each byte in both directions, apart from its own requests', () => {
    const bytes = passedBytes(folder)
    expect(observed.replies.with).toEqual(observed.replies.without)
    expect(bytes.server).toEqual({ received: bytes.client.sent, sent: bytes.client.received })
    expect(bytes.answers.with).toBe(bytes.answers.without)
    expect(bytes.own).toEqual({ requests: 1, answers: 1 })
  })

  it('ends when its input ends', () => {
    expect(observed.exitMs.with).toBeLessThan(4_000)
  })
})
