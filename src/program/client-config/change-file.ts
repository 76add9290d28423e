// Changes a client's configuration file on disk: shows the difference, keeps a backup, and replaces the file in one step.
import { chmodSync, copyFileSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type { ChangedConfig, ConfigChange } from './client-config.ts'
import { ClientConfigError, changeConfig } from './client-config.ts'

export interface FileChange extends ConfigChange {
  readonly file: string
  /** Only show what would change. */
  readonly dryRun: boolean
}

/**
 * Changes the file. Returns what to show: the difference, and where the backup is.
 *
 * @throws {ClientConfigError} if the file cannot be read, changed or written; it is then as it was.
 */
export function changeFile({ file, dryRun, ...change }: FileChange): string {
  const path = attempt(file, () => realpathSync(file))
  const before = attempt(file, () => readFileSync(path, 'utf8'))
  const { text, changed } = named(file, () => changeConfig(before, change))
  if (changed.length === 0) return `${file}: nothing to change\n`
  const difference = differenceOf(before, text)
  if (dryRun) return `${difference}${file}: would ${change.action} ${changed.join(', ')}\n`
  const backup = `${path}.backup`
  attempt(file, () => {
    const { mode } = statSync(path)
    copyFileSync(path, backup)
    chmodSync(backup, mode)
    // Clients watch the file: they never see half of it.
    const temporary = `${path}.${process.pid}.tmp`
    writeFileSync(temporary, text, { mode })
    chmodSync(temporary, mode)
    renameSync(temporary, path)
  })
  const past = change.action === 'wrap' ? 'wrapped' : 'unwrapped'
  return `${difference}${file}: ${past} ${changed.join(', ')}; the backup is ${backup}\nRestart the client to use it.\n`
}

function named(file: string, work: () => ChangedConfig): ChangedConfig {
  try {
    return work()
  } catch (error) {
    if (error instanceof ClientConfigError)
      throw new ClientConfigError(`${file}: ${error.message}; the file was not changed`)
    throw error
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new ClientConfigError(`${file}: ${(error as Error).message}`)
  }
}

/** The lines that differ: removed ones with `-`, added ones with `+`. */
function differenceOf(before: string, after: string): string {
  const old = before.split('\n')
  const next = after.split('\n')
  const lines: string[] = []
  for (let from = 0, to = 0; from < old.length || to < next.length; ) {
    if (old[from] === next[to]) {
      from += 1
      to += 1
      continue
    }
    const [keepOld, keepNew] = nextCommon(old, next, from, to)
    for (; from < keepOld; from += 1) lines.push(`- ${old[from]}`)
    for (; to < keepNew; to += 1) lines.push(`+ ${next[to]}`)
  }
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

/** The nearest pair of equal lines from these positions on. */
function nextCommon(old: readonly string[], next: readonly string[], from: number, to: number): [number, number] {
  const rest = old.length - from + next.length - to
  for (let distance = 1; distance <= rest; distance += 1) {
    for (let skip = 0; skip <= distance; skip += 1) {
      const [a, b] = [from + skip, to + distance - skip]
      if (a < old.length && b < next.length && old[a] === next[b]) return [a, b]
    }
  }
  return [old.length, next.length]
}
