// Recognizes known problems in the last lines of a log. The lines themselves are not kept.

const SIGNATURES: readonly (readonly [hint: string, pattern: RegExp])[] = [
  ['architecture mismatch', /exec format error/],
  [
    'certificate not trusted or expired',
    /x509: |certificate (has expired|verify failed|is not trusted)|unable to verify the first certificate/i,
  ],
  ['no space left on device', /no space left on device|ENOSPC/],
  [
    'name resolution failed',
    /no such host|name or service not known|temporary failure in name resolution|getaddrinfo (ENOTFOUND|EAI_AGAIN)|could not resolve host/i,
  ],
  ['connection refused', /connection refused|ECONNREFUSED/i],
  ['connection timed out', /i\/o timeout|connection timed out|ETIMEDOUT/i],
  ['permission denied', /permission denied|EACCES|operation not permitted/i],
  ['forbidden by the Kubernetes API', /is forbidden: User "/],
  ['file or module not found', /no such file or directory|ENOENT|cannot find module|ModuleNotFoundError/i],
  ['address in use', /address already in use|EADDRINUSE/i],
  [
    'out of memory inside the runtime',
    /JavaScript heap out of memory|java\.lang\.OutOfMemoryError|MemoryError|runtime: out of memory/,
  ],
]

/** Only the end of longer logs is read. */
const MAX_LOG = 65_536

export function logHints(log: string): readonly string[] {
  if (typeof log !== 'string') return []
  const end = log.slice(-MAX_LOG)
  return SIGNATURES.filter(([, pattern]) => pattern.test(end)).map(([hint]) => hint)
}
