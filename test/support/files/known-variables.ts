// The variables that our program reads: what a manifest or a compose file gives it has to be one of them.
import { readFileSync } from 'node:fs'
import type { Option } from '../../../src/server/options.ts'
import { COMMANDS } from '../../../src/server/options.ts'

const README = readFileSync('README.md', 'utf8')

/** Of ours those that an option has, of OpenTelemetry's those that the README explains. */
export function isKnownVariable(name: string): boolean {
  if (name.startsWith('OTEL_')) return README.includes(`\`${name}\``)
  return Object.values(COMMANDS).some(({ options }) =>
    Object.values<Option<unknown>>(options).some(({ env }) => env === name),
  )
}
