// Text from the cluster in, text that only says what it shows out: without what moves a cursor, hides or turns round text, or
// carries letters that nobody sees. Anybody who can write a log line or an event writes here.

/** ANSI escape sequences: CSI, OSC to their end, and the short ones. */
const ANSI =
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]{0,4096}(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]?|\u009b[0-?]*[ -/]*[@-~]/g
/** Control characters, but for tab and line feed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g
/** Marks that turn text round, join or part invisibly; tag characters and variation selectors, which can spell whole sentences. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|[\u2028\u2029\ufff9-\ufffb]/gu

/** Lines stay lines. */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\r\n', '\n').replace(ANSI, '').replace(CONTROL, '').replace(INVISIBLE, '')
}

/** On one line, and no longer than that many characters. */
export function cleanLine(text: string, most: number): string {
  const line = cleanText(text.slice(0, most * 4))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`
}
