// Tells arguments that a tool's input schema refuses from those that it accepts, within a stated time.
import { createContext, Script } from 'node:vm'
import type { Schema } from '@cfworker/json-schema'
import { Validator } from '@cfworker/json-schema'

/** A schema comes from the server: neither its patterns nor its size may hold up the messages for longer, and that once only. */
const MAX_MS = 500

/** `undefined` where it cannot be told: the schema is invalid, or the check took too long. */
export type ArgumentCheck = (args: unknown) => 'accepted' | 'refused' | undefined

/** Makes the check of one tool's arguments. The schema is read at the first check. */
export function createArgumentCheck(inputSchema: unknown): ArgumentCheck {
  let validator: Validator | undefined
  let isUsable = typeof inputSchema === 'object' && inputSchema !== null
  return (args) => {
    if (!isUsable) return undefined
    try {
      return withinTime(() => {
        validator ??= new Validator(inputSchema as Schema, draftOf(inputSchema as Schema), true)
        return validator.validate(args ?? {}).valid
      })
        ? 'accepted'
        : 'refused'
    } catch {
      // It would take as long the next time.
      isUsable = false
      return undefined
    }
  }
}

/** MCP's schemas are of draft 2020-12 unless they say otherwise (specification, "Tools"). */
function draftOf({ $schema }: Schema): '7' | '2019-09' | '2020-12' | '4' {
  if (typeof $schema !== 'string') return '2020-12'
  if ($schema.includes('draft-04')) return '4'
  if ($schema.includes('draft-07') || $schema.includes('draft-06')) return '7'
  return $schema.includes('2019-09') ? '2019-09' : '2020-12'
}

let bounded: { readonly script: Script; readonly context: { run: (() => boolean) | undefined } } | undefined

/**
 * Runs `work`, and throws when it takes longer than `MAX_MS`. The time-out of `node:vm` also ends a regular expression, which nothing
 * else on this thread can.
 */
function withinTime(work: () => boolean): boolean {
  bounded ??= {
    script: new Script('run()'),
    context: createContext({ run: undefined }) as { run: (() => boolean) | undefined },
  }
  bounded.context.run = work
  try {
    return bounded.script.runInContext(bounded.context, { timeout: MAX_MS }) as boolean
  } finally {
    bounded.context.run = undefined
  }
}
