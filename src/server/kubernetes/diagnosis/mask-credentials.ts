// Masks credentials in text. This is a second line of defense: values of Secrets, ConfigMaps and environments are never read
// into answers, but people write passwords into messages and logs.

export const MASK = '[masked]'

/** Words of a name that holds a secret; each part may begin with a capital, or all be capitals. */
const WORDS = [
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'credential',
  'authorization',
  'cookie',
  'session',
  'signature',
  'api key',
  'access key',
  'private key',
  'encryption key',
  'signing key',
  'master key',
  'account key',
  'connection string',
]
/** Words that are also the end of others, such as `bypass`. */
const SHORT_WORDS = ['pass', 'pwd', 'dsn']

const WORD = [
  ...WORDS.map(spellings),
  `(?<![a-z])(?:${SHORT_WORDS.map(spellings).join('|')})`,
  // A variable's name, such as ENCRYPTION_KEY.
  '(?<=[A-Z0-9])_KEY',
].join('|')
/** It may go on, as in passwordHash, PASSWORD_1 or tokens; `passed` and `author` are other words. */
const NAME = `(?:${WORD})[sS]?(?:[-_.\\dA-Z][\\w.-]{0,60})?`

const QUOTE = `\\\\{0,3}["']`
const QUOTED = `\\\\{1,3}"(?:(?!\\\\{1,3}")[^\\n]){0,4000}(?:\\\\{1,3}")?|"(?:[^"\\\\\\n]|\\\\.){0,4000}"?|'(?:[^'\\\\\\n]|\\\\.){0,4000}'?`
/** To the next space; a closing mark, or one before another name, is not part of it. */
const BARE = `(?:[^\\s"'<>,;&)\\]}]|[,;&)\\]}](?!\\s|$|[,;&)\\]}"']|[\\w.-]{1,60}[=:])){1,4000}`

const SECRET_NAME = new RegExp(NAME)

/** Where a name says that what follows is secret. */
const NAMED: readonly RegExp[] = [
  // name=value, name: value, "name": "value", "name" : "value". Kubernetes writes `volume "x-token" : secret "y"`, which is none.
  new RegExp(
    `(${NAME}(?:${QUOTE})?(?:[ \\t]{0,3}=>?[ \\t]{0,3}|:[ \\t]{0,3}|[ \\t]{1,3}:[ \\t]{1,3}(?=["'\\d])))(?!\\[masked\\])(?:${QUOTED}|${BARE})`,
    'g',
  ),
  // <name>value</name>, also with attributes.
  new RegExp(`(<(?:[\\w.-]{1,40}:)?[\\w.-]{0,60}${NAME}(?:[ \\t][^<>\\n]{0,200})?>)(?!\\[masked\\])[^<]{1,4000}`, 'g'),
  // --name value, and as parts of a list.
  new RegExp(
    `((?<![\\w-])--?[\\w-]{0,60}${NAME}["']?(?:,\\s{0,3}|[ \\t]{1,3})["']?)(?!\\[masked\\])[^\\s"'-][^\\s"']{0,4000}`,
    'g',
  ),
]

const FORMED: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // What goes before an @ in a URL, and what signs one.
  [/(?<=[a-z0-9+.-]:\/\/)[^\s/@"'<>]{1,500}@/gi, `${MASK}@`],
  [/([?&](?:sig|key|code|x-amz-[\w-]{1,40})=)[^&\s"']{1,4000}/gi, `$1${MASK}`],
  // Slack's incoming webhooks: anyone with the URL can post.
  [/(?<=hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]{8,200}/gi, MASK],
  // Short numbers that open something.
  [
    /(?<![A-Za-z0-9])((?:otp|OTP|pin|PIN)(?:[-_ ]?(?:code|CODE))?["']?[ \t]{0,3}[=:][ \t]{0,3}["']?)[A-Za-z]{0,12}\d\w{1,64}/g,
    `$1${MASK}`,
  ],
  // A line of .pgpass: host:port:database:user:password.
  [
    /^((?:[\w.-]{1,253}|\*):(?:\d{2,5}|\*):(?:[\w.-]{1,63}|\*):[\w.@-]{1,63}:)(?!\[masked\])[^\s]{1,400}$/gm,
    `$1${MASK}`,
  ],
  // JSON Web Tokens, also without their end.
  [/\beyJ[\w-]{8,4000}(?:\.[\w-]{1,8000}){0,2}/g, MASK],
  [/\b(Bearer|Basic|Digest|Negotiate)\s+[\w.~+/=-]{6,8000}/gi, `$1 ${MASK}`],
  // A registry's, as in .dockerconfigjson.
  [/("auth\\{0,3}"\s{0,3}:\s{0,3}\\{0,3}")[^"\\]{1,4000}/g, `$1${MASK}`],
  // Tokens that say of whom they are.
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b/g, MASK],
  [
    /\b(?:gh[pousr]_\w{16,255}|github_pat_\w{16,255}|glpat-[\w-]{16,255}|xox[a-z]-[\w-]{10,255}|AIza[\w-]{20,60})/g,
    MASK,
  ],
  [/\b(?:[sr]k_(?:live|test)_\w{10,255}|sk-[\w-]{16,255}|npm_\w{20,255}|hf_\w{16,255}|ya29\.[\w-]{10,255})/g, MASK],
]

/** What programs take on their command line: `curl -u user:password`, `mysql -pPASSWORD`. Only in a text that names the program. */
const COMMANDS: readonly (readonly [program: RegExp, argument: RegExp])[] = [
  [/\bcurl\b/, /(\s(?:-u|-U|--user|--proxy-user)[ =]?["']?[^\s:"']{1,60}:)(?!\[masked\])[^\s"']{1,400}/g],
  [/\b(?:mysql|mariadb)/, /(\s-p)(?!\[masked\])[^\s"'-]\S{0,400}/g],
]

/**
 * Lines stay lines.
 *
 * @example maskCredentials('login failed: DB_PASSWORD=hunter2') // 'login failed: DB_PASSWORD=[masked]'
 */
export function maskCredentials(text: string): string {
  let masked = maskKeys(text)
  for (const [pattern, replacement] of FORMED) masked = masked.replace(pattern, replacement)
  for (const [program, argument] of COMMANDS) {
    if (program.test(masked)) masked = masked.replace(argument, `$1${MASK}`)
  }
  if (!isSecretName(masked)) return masked
  for (const pattern of NAMED) masked = masked.replace(pattern, `$1${MASK}`)
  return masked
}

/** Whether a variable or flag of this name holds a secret by its name. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name)
}

const BEGIN_TO_END = /-----BEGIN [A-Z ]{1,40}-----[\s\S]*?(?:-----END [A-Z ]{1,40}-----|$)/g
const END = /-----END [A-Z ]{1,40}-----/
/** A line of a key, with the time that a log writes before it. */
const KEY_LINE = /^(?:\S{1,60}\s)?[\w+/=]+$/

/** Keys and certificates in PEM, also those of which the end or, as in the last lines of a log, the beginning was cut off. */
function maskKeys(text: string): string {
  if (!text.includes('-----')) return text
  const masked = text.replace(BEGIN_TO_END, MASK)
  if (!END.test(masked)) return masked
  const lines = masked.split('\n')
  for (let end = lines.length - 1; end >= 0; end -= 1) {
    const line = lines[end] ?? ''
    if (!END.test(line)) continue
    lines[end] = line.replace(/^.*-----END [A-Z ]{1,40}-----/, MASK)
    while (KEY_LINE.test(lines[end - 1] ?? '')) {
      end -= 1
      lines[end] = MASK
    }
  }
  return lines.join('\n')
}

function spellings(words: string): string {
  const parts = words.split(' ')
  const capital = (part: string) => `${part.charAt(0).toUpperCase()}${part.slice(1)}`
  const [first = '', ...rest] = parts
  const mixed = [`[${first.charAt(0)}${first.charAt(0).toUpperCase()}]${first.slice(1)}`]
  for (const part of rest) mixed.push(`(?:${part}|${capital(part)})`)
  return `${mixed.join('[-_ ]?')}|${parts.map((part) => part.toUpperCase()).join('[-_ ]?')}`
}
