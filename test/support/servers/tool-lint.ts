// A tool as a client sees it in `tools/list` in, what a client or its model would trip over out: what no bound holds, what is not said of
// its effects, what only some clients can read, and names of tools that are not offered.
import type { Tool } from '@modelcontextprotocol/sdk/types.js'

interface Schema {
  readonly [key: string]: unknown
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
}

const HINTS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'] as const

/** Without a bound, an argument can be as long as a message. */
const BOUNDS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  string: [['maxLength'], ['pattern'], ['enum'], ['const']],
  integer: [['minimum', 'maximum']],
  number: [['minimum', 'maximum']],
  array: [['maxItems']],
}

/** What is wrong with one of `tools`, each fault a sentence that begins with where it is. */
export function faultsOfTool(tool: Tool, tools: readonly Tool[]): string[] {
  const { name, annotations, inputSchema, outputSchema } = tool
  const inputs = Object.entries((inputSchema as Schema).properties ?? {})
  const fields = schemasIn([inputSchema, outputSchema], '').flatMap(([, one]) => Object.keys(one.properties ?? {}))
  const known = new Set([...tools.map((other) => other.name), ...fields])
  const texts = [
    [name, `${tool.title} ${tool.description}`],
    ...inputs.map(([key, { description }]) => [`${name}.${key}`, String(description)]),
  ] as const
  return [
    ...HINTS.filter((hint) => typeof annotations?.[hint] !== 'boolean').map((hint) => `${name} lacks ${hint}`),
    ...(annotations?.readOnlyHint && annotations.destructiveHint ? [`${name} cannot both read only and destroy`] : []),
    ...inputs.filter(([, schema]) => !isBounded(schema)).map(([key]) => `${name}.${key} has no bound`),
    ...texts.flatMap(([where, text]) => [
      ...(/\p{Cc}|\p{Default_Ignorable_Code_Point}/u.test(text) ? [`${where} says something that nobody sees`] : []),
      ...(text.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? [])
        .filter((word) => !known.has(word))
        .map((word) => `${where} names ${word}, which is not offered`),
    ]),
    // JSON Schema has lists of types, but several providers of models take one type only.
    ...schemasIn({ inputSchema, outputSchema }, name)
      .filter(([, { type }]) => Array.isArray(type))
      .map(([where]) => `${where} has a list of types`),
  ]
}

function isBounded(schema: Schema): boolean {
  const ways = BOUNDS[String(schema.type)]
  return ways === undefined || ways.some((keys) => keys.every((key) => schema[key] !== undefined))
}

function schemasIn(value: unknown, at: string): [where: string, schema: Schema][] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([key, one]) => schemasIn(one, `${at}.${key}`))
  return Array.isArray(value) ? inner : [[at, value as Schema], ...inner]
}
