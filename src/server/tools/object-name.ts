// What names of the API look like: checked before one becomes part of a request's path.
import { z } from 'zod'

/** RFC 1123 label: a namespace. */
export const namespaceName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'Not a name of a namespace: lower-case letters, digits and "-"')
  .describe('The Kubernetes namespace.')

/** RFC 1123 subdomain: a pod or a workload. */
export const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    'Not a name of an object: lower-case letters, digits, "-" and "."',
  )
