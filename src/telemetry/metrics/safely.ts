// Keeps a failed instrument from throwing into the code that creates it.
import type { MetricOptions } from '@opentelemetry/api'
import { diag } from '@opentelemetry/api'

/** Creating an instrument may go wrong too, by a name that is no text or bounds that are no numbers. */
export function safely<I>(
  fallback: (name: string) => I,
  create: (name: string, options?: MetricOptions) => I,
): (name: string, options?: MetricOptions) => I {
  return (name, options) => {
    try {
      return create(name, options)
    } catch (error) {
      diag.warn('an instrument could not be made; what it records is lost', error)
      return fallback('')
    }
  }
}
