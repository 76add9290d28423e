// Keeps the principals of a file of bearer tokens, which is read again when it changes.
import { createHash } from 'node:crypto'
import { rereadTokens } from 'mcp-vitals/command-line'

export interface Tokens {
  /** The principal of each token's SHA-256 digest. Empty if no token is asked for. */
  readonly digests: ReadonlyMap<string, Buffer>
}

interface TokenFile {
  /** The tokens now. */
  current(): Tokens
  /** Reads the file again if it has changed, or if `force` is set. */
  refresh(force?: boolean): Promise<void>
}

interface TokenFileOptions {
  /** '' if no token is asked for. */
  readonly path: string
  readonly tokens: readonly string[]
  /** Whether a file that others can read, or with short tokens, is refused. */
  readonly strict: boolean
  readonly changed: (tokens: Tokens) => void
  /** Hears in one sentence why the file as it is now is not used. */
  readonly failed: (reason: string) => void
}

/** The tokens of before stay in use while the file is missing, empty, weak or not valid. */
export function createTokenFile({ path, tokens, strict, changed, failed }: TokenFileOptions): TokenFile {
  let current = tokensOf(tokens)
  const refresh = rereadTokens({
    path,
    strict,
    changed(read) {
      current = tokensOf(read)
      changed(current)
    },
    failed,
  })
  return { current: () => current, refresh }
}

function tokensOf(tokens: readonly string[]): Tokens {
  const digests = tokens.map((token) => createHash('sha256').update(token).digest())
  // By what the token is, not by its line: lines move when tokens are rotated, and sessions belong to principals.
  return { digests: new Map(digests.map((digest) => [`token-${digest.toString('hex', 0, 6)}`, digest])) }
}
