// The tool calls that all contenders record: sixteen tools in turn, one call in twenty a failure.
export const TOOLS: readonly string[] = Array.from({ length: 16 }, (_, index) => `look_up_${index}`)

/** The error type of the call with this number; undefined if it succeeds. */
export function errorTypeOf(call: number): string | undefined {
  return call % 20 === 7 ? 'not_found' : undefined
}
