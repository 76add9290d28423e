// Text that a cluster wrote in, text that may be shown out: one line of plain characters, bounded, with what looks like a
// credential masked. Anyone who can create an event can write it, and a model or a terminal reads it.

const MASK = '***'
/** Longer texts are cut before they are searched, so that the cost of one is bounded. */
const MAX_SEARCHED = 4096
export const MAX_MESSAGE = 240

/** ANSI: CSI, OSC and the two-character escapes, in their 7-bit and 8-bit forms. */
const ANSI = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?|\x1b[ -~]/g
/** Format characters (bidi controls, zero-width, tags), private use, lone surrogates, variation selectors, fillers. */
const INVISIBLE = /\p{Cf}|\p{Co}|\p{Cs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}/gu
const SPACES = /[\p{Cc}\p{Z}]+/gu

const SECRET_WORD =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|api-?_?key|access-?_?key|private-?_?key|credential|authorization|auth|cookie|session|signature|dsn|connection-?_?string)'

const MASKS: readonly (readonly [RegExp, string | ((match: string) => string)])[] = [
  [/-----BEGIN [A-Z ]{1,40}-----.*?(?:-----END [A-Z ]{1,40}-----|$)/g, MASK],
  [/\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^\s/@"']+@/gi, `$1${MASK}@`],
  [/([?&][^=\s&"']{1,60}=)[^&\s"']+/g, `$1${MASK}`],
  [/\b(bearer|basic)\s+[^\s"',;]{6,}/gi, `$1 ${MASK}`],
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
  [
    /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|sk-[\w-]{16,}|A[KS]IA[A-Z0-9]{12,}|AIza[\w-]{20,}|ya29\.[\w-]{10,}|npm_\w{20,}|hf_\w{16,}|eyJ[\w-]{8,}(?:\.[\w-]+){0,2})/g,
    MASK,
  ],
  [/(?<![0-9a-z:])[0-9a-f]{32,}(?![0-9a-z])/gi, MASK],
  [/[A-Za-z0-9+/_=]{20,}/g, (word) => (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) ? MASK : word)],
]

/**
 * Cleans, masks and bounds. `secrets` are texts that are known to be none of a reader's business: wherever one stands, it
 * is masked.
 */
export function cleanMessage(message: string, secrets: readonly string[] = []): string {
  let text = message
  if (text.length > MAX_SEARCHED) text = text.slice(0, MAX_SEARCHED).replace(/\S*$/u, '')
  text = text.replace(ANSI, '').replace(INVISIBLE, '').replace(SPACES, ' ').trim()
  for (const secret of secrets) text = text.replaceAll(secret, MASK)
  for (const [pattern, mask] of MASKS) text = text.replace(pattern, mask as string)
  return bounded(text, MAX_MESSAGE)
}

/** At most so many characters, cut between two. */
function bounded(text: string, most: number): string {
  const characters = [...text]
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`
}
