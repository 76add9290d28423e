// Tells values that an HTTP header can carry from those that break the request they are put into.

/** Longer values are refused by many servers and proxies. */
const MAX_LENGTH = 8_192

/** Visible ASCII, spaces and tabs (RFC 9110, section 5.5, without its obsolete part). */
export function isHeaderValue(value: string): boolean {
  return value.length <= MAX_LENGTH && /^[\t\x20-\x7e]*$/.test(value)
}
