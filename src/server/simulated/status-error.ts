// Declares the errors of the simulated API server, which become `Status` objects.
import type { JsonObject } from './wire.ts'

export type StatusReason = keyof typeof CODES

const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export class StatusError extends Error {
  readonly code: number
  readonly reason: StatusReason
  readonly details: JsonObject | undefined

  constructor(reason: StatusReason, message: string, details?: JsonObject) {
    super(message)
    this.code = CODES[reason]
    this.reason = reason
    this.details = details
  }

  get body(): JsonObject {
    const { message, reason, code, details } = this
    return statusBody({ status: 'Failure', message, reason, code, ...(details && { details }) })
  }
}

/** As clients of the API read it. */
export function statusBody(fields: JsonObject): JsonObject {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, ...fields }
}

export function notFound(group: string, plural: string, name: string): StatusError {
  const qualified = group === '' ? plural : `${plural}.${group}`
  const details = { name, kind: plural, ...(group !== '' && { group }) }
  return new StatusError('NotFound', `${qualified} "${name}" not found`, details)
}
