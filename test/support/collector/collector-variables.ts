// Configurations of a Collector (or of Jaeger, which is one) in, the variables that they read out.
import { readFileSync } from 'node:fs'

/** Name → what holds without it; undefined where it has to be given. */
export function variablesIn(files: readonly string[]): ReadonlyMap<string, string | undefined> {
  const text = files.map((file) => readFileSync(file, 'utf8').replace(/^ *#.*$/gm, '')).join('\n')
  return new Map(
    [...text.matchAll(/\$\{env:(\w+)(?::-([^}]*))?\}/g)].map(([, name = '', fallback]) => [name, fallback]),
  )
}
