// Content for spans, only what was asked for by name. The conventions mark all of it as sensitive.

import { isRecord, member, textMember } from '../outcome/read-value.ts'
import type { MessageId, ResponseMessage } from './json-rpc.ts'
import type { Captured } from './operation-span.ts'
import { requestIdAttribute } from './operation-span.ts'

/** Attributes of a request's span besides those of its duration. */
export function requestAttributes(
  { method, id, params }: { readonly method: string; readonly id?: MessageId; readonly params?: unknown },
  sessionId: string | undefined,
  capture: ReadonlySet<Captured>,
): Record<string, string> {
  const attributes: Record<string, string> = id === undefined ? {} : requestIdAttribute(id)
  if (capture.has('session_id') && sessionId !== undefined) attributes['mcp.session.id'] = sessionId
  const uri = capture.has('resource_uri') ? textMember(params, 'uri') : undefined
  if (uri !== undefined) attributes['mcp.resource.uri'] = uri
  if (capture.has('arguments') && method === 'tools/call') {
    attributes['gen_ai.tool.call.arguments'] = json(member(params, 'arguments'))
  }
  if (capture.has('prompt_variables') && method === 'prompts/get') {
    Object.assign(attributes, promptVariables(member(params, 'arguments')))
  }
  return attributes
}

const MOST_VARIABLES = 32
const MAX_VARIABLE_NAME = 100

/** The arguments of a prompt; their names come from the client. */
function promptVariables(given: unknown): Record<string, string> {
  if (!isRecord(given)) return {}
  const variables = Object.entries(given).slice(0, MOST_VARIABLES)
  return Object.fromEntries(
    variables.map(([name, value]) => [
      `gen_ai.prompt.variable.${name.slice(0, MAX_VARIABLE_NAME)}`,
      typeof value === 'string' ? value : json(value),
    ]),
  )
}

/** Attributes that the answer to a tool call adds. */
export function resultAttributes(response: ResponseMessage, capture: ReadonlySet<Captured>): Record<string, string> {
  return capture.has('result') && response.result !== undefined
    ? { 'gen_ai.tool.call.result': json(response.result) }
    : {}
}

/** The text of a JSON-RPC error or of an `isError` result's first content. */
export function errorMessage({ error, result }: ResponseMessage): string | undefined {
  if (error !== undefined) return textMember(error, 'message')
  const content = member(result, 'content')
  return member(result, 'isError') === true && Array.isArray(content) ? textMember(content[0], 'text') : undefined
}

function json(value: unknown): string {
  try {
    return JSON.stringify(value) ?? ''
  } catch {
    return ''
  }
}
