// A configuration file as people use it and a list of substitutions in, the file to start a part with out: what is tested is
// what is shipped, but for what the list says.
import { readFileSync } from 'node:fs'

/** Each key is to occur; every occurrence is replaced. */
export type Substitutions = Readonly<Record<string, string>>

/** @throws {Error} naming what no longer occurs: the file has changed, and a test would prove nothing of it. */
export function derivedConfig(path: string, substitutions: Substitutions | ((shipped: string) => string)): string {
  let text = readFileSync(path, 'utf8')
  if (typeof substitutions === 'function') return substitutions(text)
  for (const [shipped, used] of Object.entries(substitutions)) {
    if (!text.includes(shipped)) throw new Error(`${path} has no ${JSON.stringify(shipped)}`)
    text = text.replaceAll(shipped, used)
  }
  return text
}

/** The lines that a file offers behind `# `, taken in: from the one that contains `first` to the end of their block. */
export function takenIn(text: string, first: string): string {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.includes('#') && line.includes(first))
  if (start < 0) throw new Error(`nothing is offered that has ${JSON.stringify(first)}`)
  let end = start
  while (/^\s*# /.test(lines[end] ?? '')) end += 1
  const taken = lines.slice(start, end).map((line) => line.replace('# ', ''))
  return [...lines.slice(0, start), ...taken, ...lines.slice(end)].join('\n')
}
