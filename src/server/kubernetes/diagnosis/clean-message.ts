// Text that a cluster wrote in, text that may be shown out: one line of plain characters, bounded, with what looks like a
// credential masked. Anyone who can create an event can write it, and a model or a terminal reads it.
import { visibleText } from './visible-text.ts'

const MASK = '***'
/** Longer texts are cut before they are searched, so that the cost of one is bounded. */
const MAX_SEARCHED = 4096
export const MAX_MESSAGE = 240

const SPACES = /[\p{Cc}\p{Z}]+/gu

const SECRET_WORD =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|api-?_?key|access-?_?key|private-?_?key|credential|authorization|auth|cookie|session|signature|dsn|connection-?_?string)'

const HAS_SECRET_WORD = new RegExp(SECRET_WORD, 'i')

type Mask = readonly [pattern: RegExp, mask: string | ((match: string) => string)]

/** Where a word says that what follows is secret. */
const NAMED_MASKS: readonly Mask[] = [
  [
    new RegExp(
      `([\\w.-]{0,60}${SECRET_WORD}[\\w.-]{0,60}["']?(?:\\s?=\\s?|:\\s*))("[^"]*"|'[^']*'|[^\\s,;"')\\]}]+)`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  [
    new RegExp(`((?<![\\w-])--?[\\w-]{0,60}${SECRET_WORD}[\\w-]{0,60}["']?,?\\s+["']?)[^\\s"'-][^\\s"']*`, 'gi'),
    `$1${MASK}`,
  ],
]

const MASKS: readonly Mask[] = [
  [/-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|$)/g, MASK],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']+@/gi, `$1${MASK}@`],
  [/([?&][^=\s&"']{1,60}=)[^&\s"']+/g, `$1${MASK}`],
  [/\b(bearer|basic)\s+[^\s"',;]{6,}/gi, `$1 ${MASK}`],
  [
    /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|sk-[\w-]{16,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|npm_\w{20,}|hf_\w{16,}|eyJ[\w-]{8,}(?:\.[\w-]+){0,2})/g,
    MASK,
  ],
  [/(?<![0-9a-z:])[0-9a-f]{32,}(?![0-9a-z])/gi, MASK],
  [/[A-Za-z0-9+/_=]{20,}/g, (word) => (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) ? MASK : word)],
]

/**
 * Cleans, masks and bounds. `secrets` are texts that are known to be none of a reader's business: wherever one stands, it
 * is masked. `mask` may be a `maskCredentials` that remembers.
 */
export function cleanMessage(message: string, secrets: readonly string[] = [], mask = maskCredentials): string {
  let text = message
  if (text.length > MAX_SEARCHED) text = text.slice(0, MAX_SEARCHED).replace(/\S*$/u, '')
  text = visibleText(text).replace(SPACES, ' ').trim()
  for (const secret of secrets) text = text.replaceAll(secret, MASK)
  return mask(text)
}

/** What looks like a credential is masked, and the rest bounded; of a line that is clean already. */
export function maskCredentials(line: string): string {
  const masks = HAS_SECRET_WORD.test(line) ? [...MASKS, ...NAMED_MASKS] : MASKS
  return bounded(
    masks.reduce((text, [pattern, mask]) => text.replace(pattern, mask as string), line),
    MAX_MESSAGE,
  )
}

/** At most so many characters, cut between two. */
function bounded(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
