// Cleans text from the cluster: one line of plain characters, of limited length, with credentials masked. Anyone who can
// create an event can write such text, and models and terminals read it.
import { withoutSecrets } from './known-secrets.ts'
import { MASK, maskCredentials } from './mask-credentials.ts'
import { visibleText } from './visible-text.ts'

/** Longer texts are cut before they are searched, so that the cost of one is bounded. */
const MAX_SEARCHED = 4096
export const MAX_MESSAGE = 240

/** What gRPC wraps around each error; it says nothing, and there may be several. */
const RPC = /rpc error: code = \w{1,30} desc = /g

const SPACES = /[\p{Cc}\p{Z}]+/gu

type Mask = readonly [pattern: RegExp, mask: string | ((match: string) => string)]

/** A message needs no long number to be understood: what could be a key is masked without a name that says so. */
const LIKELY: readonly Mask[] = [
  [/([?&][^=\s?&"']{1,60}=)(?!\[masked\])[^&\s"']+/g, `$1${MASK}`],
  [/(?<![0-9a-z:])[0-9a-f]{32,}(?![0-9a-z])/gi, MASK],
  [/[A-Za-z0-9+/_=]{20,}/g, (word) => (/[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word) ? MASK : word)],
]

/**
 * Cleans, masks and bounds. `secrets` are texts that are known to be none of a reader's business: wherever one stands, it
 * is masked. `mask` may be a `maskLine` that remembers.
 */
export function cleanMessage(message: string, secrets: readonly string[] = [], mask = maskLine): string {
  let text = message
  if (text.length > MAX_SEARCHED) text = withoutLastWord(text.slice(0, MAX_SEARCHED))
  return mask(withoutSecrets(visibleText(text).replace(SPACES, ' ').replace(RPC, '').trim(), secrets))
}

/** What looks like a credential is masked, and the rest bounded; of a line that is clean already. */
export function maskLine(line: string): string {
  return bounded(
    LIKELY.reduce((text, [pattern, mask]) => text.replace(pattern, mask as string), maskCredentials(line)),
    MAX_MESSAGE,
  )
}

/** The last word may be half of one: half a credential is not seen to be one. */
function withoutLastWord(text: string): string {
  let end = text.length
  while (end > 0 && !/\s/u.test(text.charAt(end - 1))) end -= 1
  return text.slice(0, end)
}

/** At most so many characters: the start names the object, the end mostly has the cause. */
function bounded(text: string, most: number): string {
  const characters = [...text]
  if (characters.length <= most) return text
  const head = Math.floor((most - 1) / 3)
  return `${characters.slice(0, head).join('')}…${characters.slice(head + 1 - most).join('')}`
}
