// Knows the variables that the two programs read: a variable in a manifest or compose file must be one of them.
import { readFileSync } from 'node:fs'
import type { Program } from '../../../src/command-line/option.ts'
import { PROGRAM as VITALS } from '../../../src/program/options.ts'
import { PROGRAM as SERVER } from '../../../src/server/options.ts'

const REFERENCE = readFileSync('docs/environment.md', 'utf8')

/** Ours are those that an option has; OpenTelemetry's are those that the reference explains. */
export function isKnownVariable(name: string): boolean {
  if (name.startsWith('OTEL_')) return REFERENCE.includes(`\`${name}\``)
  return [SERVER, VITALS].some(
    (program: Program) =>
      program.otherVariables?.includes(name) ||
      Object.values(program.commands).some(({ options }) => Object.values(options).some(({ env }) => env === name)),
  )
}
