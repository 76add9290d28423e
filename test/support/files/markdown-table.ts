// A document and the header of one of its tables in, the rows out: what a document promises is what a test looks at.

/** @throws {Error} if there is no such table. */
export function tableIn(text: string, header: string): string[][] {
  const lines = text.split('\n')
  const start = lines.indexOf(header)
  if (start < 0) throw new Error(`there is no table that begins with ${header}`)
  const rows: string[][] = []
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break
    rows.push(
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
  }
  return rows
}
