// Finds the cause of a failed image pull in its messages.
import type { IssueId } from '../finding.ts'

/**
 * By what runtimes and registries say; the first that fits. Registries answer "denied" for what is not there as well, so that nobody
 * can ask which images exist: that is not "not found".
 */
const PULL_CAUSES = [
  ['image_invalid_name', /did not resolve to an alias/i],
  ['image_pull_failed', /no space left on device/i],
  ['image_pull_rate_limited', /toomanyrequests|too many requests|rate limit|\b429\b/i],
  ['image_arch_mismatch', /no match for platform|no matching manifest for|does not match the specified platform/i],
  [
    'image_pull_unauthorized',
    /unauthorized|authentication required|no basic auth credentials|pull access denied|insufficient_scope|\bdenied\b|\b403\b|\b401\b/i,
  ],
  ['image_not_found', /not found|manifest unknown|name unknown|does not exist|\b404\b/i],
  [
    'image_pull_network',
    /server gave HTTP response to HTTPS client|time(d )?-?out|deadline exceeded|no such host|server misbehaving|connection re(fused|set)|network is unreachable|no route to host|tls:|x509|\bEOF\b|\b50[0234]\b|RegistryUnavailable/i,
  ],
] as const satisfies readonly (readonly [IssueId, RegExp])[]

type PullCause = (typeof PULL_CAUSES)[number][0]

/** What says more than the issue type does. */
const NARROWER: readonly (readonly [RegExp, string])[] = [
  [
    /did not resolve to an alias/i,
    'The name of the image has no registry in it, and the node is not set up to search one: use the full name of the image.',
  ],
  [/no space left on device/i, 'The disk of the node has no space left for the image.'],
  [
    /server gave HTTP response to HTTPS client/i,
    'The registry answers in plain HTTP, and the runtime of the node asks in HTTPS: serve the registry over TLS, or list it as insecure on the nodes.',
  ],
]

export function narrowerPullCause(message: string): string | undefined {
  return NARROWER.find(([pattern]) => pattern.test(message))?.[1]
}

/** @example pullCauseOf('r.example/app:429: not found', 'r.example/app:429') // 'image_not_found' */
export function pullCauseOf(message: string, image: string): PullCause | undefined {
  const said = withoutReferences(message, image)
  return PULL_CAUSES.find(([, pattern]) => pattern.test(said))?.[0]
}

const MARKS = ':,.;]'

/** Without the punctuation that follows a word. */
function withoutMarks(word: string): string {
  let end = word.length
  while (end > 0 && MARKS.includes(word.charAt(end - 1))) end -= 1
  return word.slice(0, end)
}

/** Removes names and tags, which are free text: `app:429` is not a status, `rate-limit` is not a limit. */
function withoutReferences(message: string, image: string): string {
  const tag = /:([\w.-]+)$/.exec(image)?.[1]
  return message
    .split(/[\s"'\\]+/)
    .filter((word, index, words) => {
      const bare = withoutMarks(word)
      // CRI-O: "reading manifest 429 in r.example/app"; containerd: "failed with status code [manifests 429]: 403 Forbidden".
      const isTag = bare === tag && /^\[?manifests?$/.test(words[index - 1] ?? '')
      return !word.includes('/') && bare !== image && !isTag
    })
    .join(' ')
}
