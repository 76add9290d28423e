// Tests processes in which another version of the OpenTelemetry API is loaded.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const PROGRAM = fileURLToPath(new URL('../support/telemetry/foreign-api-process.ts', import.meta.url))

async function run(module: string, order: 'first' | 'second') {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, module, order], { timeout: 30_000 })
  return { told: JSON.parse(stdout) as { calls?: string; process: boolean; registered: boolean }, stderr }
}

const LOADED = /^mcp-vitals: @opentelemetry\/api [\d.]+ was loaded before .*; see npm ls @opentelemetry\/api$/
const REFUSED = /^mcp-vitals: an OpenTelemetry SDK was refused after startTelemetry .* only instruments$/

describe.each(['otel-api-1.8', 'otel-api-1.9', 'newer'])('a process with the API %s', (module) => {
  it('that registered first has its calls on /metrics, and one line on stderr that says what is missing', async () => {
    const { told, stderr } = await run(module, 'first')

    expect(told).toEqual({ calls: '1', process: true, registered: true })
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(LOADED)])
  })
})

describe.each(['otel-api-1.8', 'otel-api-1.9'])('a process with the API %s', (module) => {
  it('that is refused after us has one line on stderr that says what to do, and our calls on /metrics', async () => {
    const { told, stderr } = await run(module, 'second')

    expect(told).toEqual({ calls: '1', process: true, registered: false })
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(REFUSED)])
  })
})
