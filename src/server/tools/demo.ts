// Defines two demo tools, one slow and one failing, to try latency, error and deadline panels.
import { setTimeout as wait } from 'node:timers/promises'
import { TOOL_ERROR_KINDS, ToolError } from 'mcp-vitals'
import { z } from 'zod'
import { defineTool } from './tool.ts'

const MAX_SECONDS = 300

const demoSlow = defineTool({
  name: 'demo_slow',
  title: 'Slow tool',
  description:
    'Waits for the given number of seconds, then returns. Use it to try latency panels, deadlines and cancellation.',
  input: { seconds: z.number().min(0).max(MAX_SECONDS).default(2).describe('How long to wait, in seconds.') },
  output: { success: z.literal(true), seconds: z.number() },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ seconds }, { signal }) {
    await wait(seconds * 1000, undefined, { signal })
    return { success: true as const, seconds }
  },
})

const KINDS = [...TOOL_ERROR_KINDS, 'bug'] as const

const demoFail = defineTool({
  name: 'demo_fail',
  title: 'Failing tool',
  description: 'Fails with the given kind of error. Use it to try error panels and alerts.',
  input: {
    kind: z.enum(KINDS).default('unavailable').describe('The kind of error; "bug" throws an unexpected error.'),
  },
  output: { success: z.literal(false) },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ kind }) {
    if (kind === 'bug') throw new TypeError('demo_fail was asked for a bug')
    throw new ToolError(
      kind,
      `demo_fail failed with "${kind}", as requested. To see another error, call it with another kind.`,
    )
  },
})

export const demoTools = [demoSlow, demoFail]
