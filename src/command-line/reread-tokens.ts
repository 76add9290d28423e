// Reads a file of bearer tokens again when it changes, so that tokens are rotated without a restart.
import { stat } from 'node:fs/promises'
import { tokensIn, weaknessOf } from './option-values.ts'

interface RereadOptions {
  /** '' if there is no file. */
  readonly path: string
  /** Whether a file that others can read, or with short tokens, is refused. */
  readonly strict: boolean
  readonly changed: (tokens: readonly string[]) => void
  /** Gets in one sentence why the file as it is now is not used. */
  readonly failed: (reason: string) => void
}

/** How often to look. A watcher would miss how Kubernetes swaps the folders of Secrets. */
export const REREAD_EVERY_MS = 5_000

/**
 * Returns what reads the file again if it has changed since the last time, or if `force` is set. A file that is missing, empty, weak or not
 * valid fails, and changes nothing.
 */
export function rereadTokens({ path, strict, changed, failed }: RereadOptions): (force?: boolean) => Promise<void> {
  let seen: string | undefined
  return async (force = false) => {
    if (path === '') return
    const version = await versionOf(path)
    const isNew = seen !== undefined && version !== seen
    seen = version
    if (!isNew && !force) return
    try {
      const tokens = tokensIn(path)
      const weakness = strict ? weaknessOf(path, tokens) : undefined
      if (weakness !== undefined) throw new Error(weakness)
      changed(tokens)
    } catch (error) {
      failed((error as Error).message)
    }
  }
}

async function versionOf(path: string): Promise<string> {
  try {
    const { mtimeMs, ino, size, mode } = await stat(path)
    return [mtimeMs, ino, size, mode].join(' ')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
