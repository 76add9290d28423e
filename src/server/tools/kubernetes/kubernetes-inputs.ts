// Defines the arguments that the Kubernetes tools share. The schemas accept only what the API accepts, so a value cannot
// change a request path.
import { z } from 'zod'

export const labelSelectorInput = z
  .string()
  .max(500)
  .regex(/^[A-Za-z0-9!][\w./\-=!,() ]*$/, 'Invalid label selector; example: app=web,tier in (a,b)')

export const limitInput = z
  .number()
  .int()
  .min(1)
  .max(200)
  .default(50)
  .describe('The maximum number of items to return.')

export const cursorInput = z
  .string()
  .max(4_096)
  .regex(/^[\w-]+$/, 'Invalid cursor')
  .optional()
  .describe('The next_cursor of the previous answer, with the same other arguments.')

export const READ_ONLY = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: true,
} as const
