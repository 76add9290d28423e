// Masks an object's own values in its messages: the kubelet repeats, for example, an argument that it cannot run or the
// address of a probe.
import { knownSecrets, withoutSecrets } from '../../kubernetes/diagnosis/known-secrets.ts'

type Holder = Parameters<typeof knownSecrets>[0]

/** Masks every `message` at any depth. */
export function maskMessages<T>(told: T, holder: Holder): T {
  const secrets = knownSecrets(holder)
  const mask = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(mask)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, held]) => [
        key,
        key === 'message' && typeof held === 'string' ? withoutSecrets(held, secrets) : mask(held),
      ]),
    )
  }
  return secrets.length === 0 ? told : (mask(told) as T)
}
