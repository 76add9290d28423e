// Checks the names of Kubernetes namespaces.

/** A label of RFC 1123. */
export const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/**
 * Reads a namespace name from an option.
 *
 * @throws {Error} whose message completes the sentence that begins with the option's name.
 */
export function namespaceFrom(text: string): string {
  if (NAMESPACE_NAME.test(text)) return text
  throw new Error(`"${text}" is not a namespace name`)
}
