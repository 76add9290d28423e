// The series that are compared between ways to attach a server, and what cannot be told from outside of its process.

/** Tool, error type in process, error type from outside, and why. */
const EXCEPTIONS: readonly (readonly [tool: string, inProcess: string, outside: string, reason: string])[] = [
  ['throws_error', 'RangeError', 'tool_error', 'the wire has the text of an error, not its class'],
  ['throws_tool_error', 'not_found', 'tool_error', 'the wire has the text of an error, not its kind'],
  ['throws_declared', 'QuotaError', 'tool_error', 'declared error types are in the source'],
  ['throws_string', '_OTHER', 'tool_error', 'the SDK answers as for an error'],
  ['throws_null', '_OTHER', 'tool_error', 'the SDK answers as for an error'],
  ['throws_evil', '_OTHER', 'internal_error', 'the SDK fails to write the answer, and answers with a JSON-RPC error'],
  ['misfit', 'internal_error', 'tool_error', 'the SDK answers as for an error of the tool'],
]

/** Series that time and chance decide, or that are of one way alone. */
const NOT_COMPARED = [
  /^(process|nodejs|v8js|mcp_telemetry)_|^target_info/,
  /_seconds_(sum|bucket)/,
  // Of Node alone.
  /^mcp_server_info/,
  // A bare server declares nothing.
  /error_type="QuotaError"/,
]

export function comparedSeries(series: ReadonlyMap<string, number>): Record<string, number> {
  const kept = [...series].filter(([name]) => !NOT_COMPARED.some((pattern) => pattern.test(name)))
  return Object.fromEntries(kept.map(([name, value]) => [withoutOneSided(name), value]))
}

/** The series that were recorded in process, as they are when the same is measured from outside. */
export function seriesFromOutside(series: ReadonlyMap<string, number>): Record<string, number> {
  return comparedSeries(withExceptions(series))
}

/** The series with the error types that are seen from outside of the process. */
export function withExceptions(series: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const expected = new Map(series)
  for (const [tool, inProcess, outside] of EXCEPTIONS) {
    if (!series.has(`mcp_active_requests{tool_name="${tool}"}`)) continue
    const name = (type: string) => `mcp_tool_errors_total{error_type="${type}",tool_name="${tool}"}`
    const count = series.get(name(inProcess)) ?? 0
    expected.set(name(outside), (series.get(name(outside)) ?? 0) + count)
    // Zeros are of the common error types alone.
    if (/^(_OTHER|internal_error)$/.test(inProcess)) expected.set(name(inProcess), 0)
    else expected.delete(name(inProcess))
  }
  return expected
}

/** Without the labels that one way alone can know. */
function withoutOneSided(name: string): string {
  return (
    name
      // Which SDK writes the messages is not on the wire.
      .replace(/sdk="[^"]*"/, 'sdk=""')
      // The handler of SDK v2 is given a Request of Fetch, which does not tell the version of HTTP.
      .replace(/(2026-07-28",network_protocol_name="http",)network_protocol_version="1\.1",/, '$1')
  )
}
