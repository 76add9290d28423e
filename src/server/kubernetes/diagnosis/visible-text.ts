// Removes escape sequences and invisible or direction-changing characters from text. All text cleaning starts here.

/** ANSI: CSI, OSC and the short escapes, in their 7-bit and 8-bit forms; one that was cut off goes as far as it came. */
const ESCAPES =
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)?|\x1b[ -/]*[0-~]?/g
/** Format characters (bidi controls, zero width, tags), private use, variation selectors, fillers. */
const INVISIBLE = /[\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}]/gu

/** Keeps control characters and white space; the callers decide about line breaks. */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(ESCAPES, '').replace(INVISIBLE, '')
}
