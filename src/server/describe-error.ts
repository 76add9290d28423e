/** Describes an error for the log: class, code and stack. Not its message, which may repeat client input. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { thrown: typeof error }
  const { name, message, stack = '' } = error
  const { code } = error as NodeJS.ErrnoException
  const frames = stack.slice(stack.indexOf(message) + message.length).split('\n')
  return {
    thrown: name,
    ...(typeof code === 'string' && { code }),
    stack: frames.filter((line) => /^\s+at /.test(line)).map((line) => line.trim()),
  }
}
