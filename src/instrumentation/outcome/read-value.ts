// Reads members of values that come from anybody: messages, results, errors.

/** A member of a value, or undefined if the value is not an object. */
export function member(value: unknown, name: string): unknown {
  return isRecord(value) ? value[name] : undefined
}

/** A member that is a string, else undefined. */
export function textMember(value: unknown, name: string): string | undefined {
  const found = member(value, name)
  return typeof found === 'string' ? found : undefined
}

/** Whether a value is an object, and no array. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
