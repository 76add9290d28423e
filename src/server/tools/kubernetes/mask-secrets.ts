// Text in, the same with what looks like a credential masked out. It is the second line: values of Secrets, ConfigMaps and
// environments are not read into results at all. People still write passwords into messages and logs.

export const MASK = '[masked]'

const NAMES =
  'pass(?:word|wd|phrase)?|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|credentials?|authorization|connection[-_ ]?string|cookie|session[-_ ]?id|signature|client[-_ ]?secret|dsn'

const PATTERNS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // Keys and certificates in PEM, also cut off before their end.
  [/-----BEGIN [A-Z ]{1,40}-----[\s\S]{0,20000}?(?:-----END [A-Z ]{1,40}-----|$)/g, MASK],
  // What goes before an @ in a URL.
  [/\b([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/@"'<>]{1,500}@/gi, `$1${MASK}@`],
  // JSON Web Tokens.
  [/\beyJ[\w-]{5,4000}\.[\w-]{5,8000}(?:\.[\w-]{0,4000})?/g, MASK],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[\w.~+/=-]{6,8000}/gi, `$1 ${MASK}`],
  // name=value, name: value, "name": "value", --name value; the name may be the end of a longer one.
  [
    new RegExp(
      `((?:${NAMES})["']?\\s{0,3}(?:=|:)\\s{0,3})("[^"\\n]{0,4000}"?|'[^'\\n]{0,4000}'?|[^\\s,;&"'}\\])]{1,4000})`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  [new RegExp(`(--?[\\w-]{0,60}(?:${NAMES})\\s{1,3})([^\\s-][^\\s]{0,4000})`, 'gi'), `$1${MASK}`],
  // Tokens that say of whom they are.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, MASK],
  [
    /\b(?:gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|xox[abprs]-[\w-]{10,255}|sk-[\w-]{20,255}|AIza[\w-]{30,60})/g,
    MASK,
  ],
]

export function maskSecrets(text: string): string {
  let masked = text
  for (const [pattern, replacement] of PATTERNS) masked = masked.replace(pattern, replacement)
  return masked
}
