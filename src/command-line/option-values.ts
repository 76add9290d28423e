// Parses the values of options. For an invalid value, each parser throws an `Error` whose message follows the option's name.
import { readFileSync, statSync } from 'node:fs'

export function isOneOf<const V extends readonly string[]>(values: V): (text: string) => V[number] {
  return (text) => {
    if (values.includes(text)) return text
    throw new Error(`"${text}" is not one of ${values.join(', ')}`)
  }
}

export function isSwitch(text: string): boolean {
  if (text === 'true' || text === '1') return true
  if (text === 'false' || text === '0') return false
  throw new Error(`"${text}" is not true or false`)
}

export function nonEmpty(what: string): (text: string) => string {
  return (text) => {
    if (/^[^\s\p{Cc}]+$/u.test(text)) return text
    throw new Error(`"${text}" is not a valid ${what}`)
  }
}

export function portNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new Error(`"${text}" is not a port (0 to 65535)`)
}

export function wholeFrom(least: number): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
    throw new Error(`"${text}" is not a whole number of at least ${least}`)
  }
}

export function numberFrom(least: number): (text: string) => number {
  return (text) => {
    if (isDecimal(text) && Number(text) >= least) return Number(text)
    throw new Error(`"${text}" is not a number of at least ${least}`)
  }
}

/** Seconds as text in, milliseconds out. */
export function inSeconds(least: number, most: number): (text: string) => number {
  return (text) => {
    if (isDecimal(text) && Number(text) >= least && Number(text) <= most) return Math.round(Number(text) * 1000)
    throw new Error(`"${text}" is not a number of seconds (${least} to ${most})`)
  }
}

function isDecimal(text: string): boolean {
  return /^\d{1,9}(\.\d{1,6})?$/.test(text)
}

export function listOf<T>(item: (text: string) => T): (text: string) => readonly T[] {
  return (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map(item)
}

/** An origin as browsers send it: a scheme, a host, perhaps a port, and no more. */
export function originText(text: string): string {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s]+$/i.test(text)) return text.toLowerCase()
  throw new Error(`"${text}" is not an origin (such as https://app.example.com)`)
}

export function urlText(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text
  throw new Error(`"${text}" is not an http or https URL`)
}

/**
 * The bearer tokens of a file, one a line; empty lines and lines that start with `#` do not count. A token that no HTTP
 * header can carry (RFC 6750, section 2.1) would lock everybody out, so it is a fault. No token is ever in a message.
 */
export function tokensIn(path: string): readonly string[] {
  if (path === '') return []
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
  const tokens = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
  if (tokens.length === 0) throw new Error(`the file ${path} contains no token`)
  if (!tokens.every((token) => /^[\w.~+/-]+=*$/.test(token))) {
    throw new Error(`the file ${path} contains a line that is not a bearer token (letters, digits and -._~+/ only)`)
  }
  return tokens
}

/** The minimum length of a token on a listener that others can reach. */
const LEAST_TOKEN_BYTES = 16
const READABLE_BY_OTHERS = 0o007

/** Why tokens must not guard a listener that others can reach, to complete a sentence; undefined if they can. */
export function weaknessOf(path: string, tokens: readonly string[]): string | undefined {
  if (tokens.some((token) => Buffer.byteLength(token) < LEAST_TOKEN_BYTES)) {
    return `the file ${path} contains a token shorter than ${LEAST_TOKEN_BYTES} bytes; generate one with: openssl rand -hex 32`
  }
  const isOpen = process.platform !== 'win32' && (statSync(path).mode & READABLE_BY_OTHERS) !== 0
  return isOpen ? `the file ${path} is readable by every user; restrict it with: chmod o= ${path}` : undefined
}

interface ExposedListener {
  readonly host: string
  readonly tokenFile: TokensOfFile
  readonly behindAuthProxy?: boolean | undefined
}

/** What is wrong with a listener that others can reach: it requires good tokens, unless something in front of it authenticates. */
export function exposedListenerFaults({ host, tokenFile, behindAuthProxy = false }: ExposedListener): string[] {
  const { path, tokens } = tokenFile
  const weakness = tokens.length > 0 ? weaknessOf(path, tokens) : undefined
  if (weakness !== undefined) return [`--token-file: ${weakness} (required because --host is ${host})`]
  if (tokens.length > 0 || behindAuthProxy) return []
  return [`--host: ${host} is not a loopback address, so --token-file or --behind-auth-proxy is required`]
}

/** A path to a file that can be read; '' means none. */
export function readableFile(path: string): string {
  if (path === '') return ''
  try {
    readFileSync(path)
    return path
  } catch (error) {
    throw new Error(`the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** A path, and the bearer tokens of its file; without a path there are none. */
export interface TokensOfFile {
  readonly path: string
  readonly tokens: readonly string[]
}

/** As `tokensIn`, and remembers the path, so that the file can be read again. */
export function tokenFile(path: string): TokensOfFile {
  return { path, tokens: tokensIn(path) }
}
