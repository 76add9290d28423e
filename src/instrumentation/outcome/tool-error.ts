import type { ToolErrorKind } from '../catalog/outcome-values.ts'

/**
 * An error that a tool throws on purpose: a closed kind, which becomes the call's `error_type`, and a sentence that the
 * model can act on.
 *
 * @example throw new ToolError('not_found', 'There is no pod "web" in namespace "shop".')
 */
export class ToolError extends Error {
  override readonly name = 'ToolError'
  readonly kind: ToolErrorKind

  constructor(kind: ToolErrorKind, message: string, options?: ErrorOptions) {
    super(message, options)
    this.kind = kind
  }
}
