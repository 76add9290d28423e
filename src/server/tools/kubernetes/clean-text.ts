// Removes control characters and invisible text from cluster text, because anyone who can write a log line or an event can
// write it.
import { visibleText } from '../../kubernetes/diagnosis/visible-text.ts'

/** Control characters except tab and line feed, and the Unicode line and paragraph separators. */
const UNWANTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g

/** Keeps line breaks. */
export function cleanText(text: string): string {
  return visibleText(text.replaceAll('\r\n', '\n')).replace(UNWANTED, '')
}

/** Returns one line with at most that many characters. */
export function cleanLine(text: string, most: number): string {
  const line = cleanText(text.slice(0, most * 4))
    .replace(/\s+/g, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most - 1).toWellFormed()}…`
}
