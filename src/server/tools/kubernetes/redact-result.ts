// Cleans every text in the result of a Kubernetes tool and masks credentials. All Kubernetes tools use it.
import { maskCredentials } from '../../kubernetes/diagnosis/mask-credentials.ts'
import type { Tool } from '../tool.ts'
import { cleanText } from './clean-text.ts'

export function redactResult(tool: Tool): Tool {
  return {
    ...tool,
    async run(input, context) {
      return redact(await tool.run(input, context)) as Awaited<ReturnType<Tool['run']>>
    },
  }
}

/** Also cleans keys, which may be labels or annotations. */
export function redact(value: unknown): unknown {
  if (typeof value === 'string') return maskCredentials(cleanText(value))
  if (Array.isArray(value)) return value.map(redact)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [maskCredentials(cleanText(key)), redact(held)]))
}
