import type { ServerResponse } from 'node:http'
import type { ApiOperation } from '../../../src/server/kubernetes/api-path.ts'
import type { StatusReason } from '../../../src/server/simulated/status-error.ts'
export type Trouble =
  /** Refuses with that reason; `retryAfter` in seconds, `message` in the body. */
  | {
      readonly kind: 'refuse'
      readonly reason: StatusReason
      readonly retryAfter?: number
      readonly message?: string
    }
  /** Takes the request and never answers. */
  | {
      readonly kind: 'silent'
    }
  /** Answers after so many milliseconds. */
  | {
      readonly kind: 'slow'
      readonly milliseconds: number
    }
  /** Begins a body and closes the connection in the middle of it. */
  | {
      readonly kind: 'half closed'
    }
  /** Begins a body and sends no more of it. */
  | {
      readonly kind: 'stuck'
    }
  /** A list that goes on for so many bytes. */
  | {
      readonly kind: 'huge'
      readonly bytes: number
    }
  /** Something in front of the server answers in its place. */
  | {
      readonly kind: 'not the API'
      readonly body: string
    }
export interface Fault {
  readonly trouble: Trouble
  /** @default every request */
  readonly on?: (operation: ApiOperation) => boolean
  /** Requests that have it. @default all that come */
  readonly times?: number
}
export interface Faults {
  add(fault: Fault): void
  clear(): void
  /** True if it answered, or is not going to; resolves when the request may go on. */
  befall(operation: ApiOperation, response: ServerResponse): Promise<boolean>
}
export declare function createFaults(): Faults
