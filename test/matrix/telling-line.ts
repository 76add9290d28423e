// Finds the one line in a program's output that says what went wrong.

const TELLING = [
  /\berror TS\d+: .*/,
  /^\s*(?:Uncaught )?(?:\w*(?:Error|Failure)\b[^:]*: .*)/,
  /✘ \[ERROR\] .*/,
  /\berror: .*/i,
]
const MAX_LENGTH = 220

/** The first line of the most telling kind, without the paths and ports of this machine. */
export function tellingLine(output: string): string {
  const lines = stripColors(output).split('\n')
  for (const pattern of TELLING) {
    const found = lines.map((line) => pattern.exec(line)?.[0]).find((line) => line !== undefined)
    if (found !== undefined) return withoutPlaces(found)
  }
  const last = lines.map((line) => line.trim()).findLast((line) => line !== '')
  return withoutPlaces(last ?? 'no output')
}

function withoutPlaces(line: string): string {
  const cleaned = line
    .replaceAll(/(?:file:\/\/)?\/[^\s'"]*mcp-vitals-matrix-[^/\s'"]*\/[^/\s'"]+\//g, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return cleaned.length > MAX_LENGTH ? shortened(cleaned) : cleaned
}

/** Whole sentences, if there are any. */
function shortened(line: string): string {
  const start = line.slice(0, MAX_LENGTH)
  const end = start.lastIndexOf('. ')
  return end > 0 ? start.slice(0, end + 1) : `${start} …`
}

function stripColors(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '')
}
