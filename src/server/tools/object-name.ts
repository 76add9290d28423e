// Validates names that become part of a request path.
import { z } from 'zod'
import { NAMESPACE_NAME } from '../kubernetes/namespace-name.ts'

/** A subdomain of RFC 1123. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

export const namespaceInput = z
  .string()
  .regex(NAMESPACE_NAME, 'Invalid namespace name: use lowercase letters, digits and "-"')
  .describe('The Kubernetes namespace.')

/** @example nameInput('pod').describe('The name of the pod.') */
export function nameInput(kind: string) {
  return z.string().max(253).regex(OBJECT_NAME, `Invalid ${kind} name: use lowercase letters, digits, "-" and "."`)
}
