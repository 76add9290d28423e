// A tool as a client sees it in `tools/list` in, what its user would lack or trip over out. The user is a model that has nothing
// but these texts: what a tool does, when to take another, and what each argument may be.
import type { Tool } from '@modelcontextprotocol/sdk/types.js'

interface Schema {
  readonly [key: string]: unknown
  readonly type?: string | readonly string[]
  readonly description?: string
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
  const inputs = Object.entries((tool.inputSchema as Schema).properties ?? {})
  const known = new Set([
    ...tools.map(({ name }) => name),
    ...inputs.map(([name]) => name),
    ...propertiesIn(tool.outputSchema),
    ...tools.flatMap(({ outputSchema }) => propertiesIn(outputSchema)),
  ])
  const textual = (where: string, text: string | undefined, [least, most]: readonly [number, number]) => [
    ...faultsOfText(text, least, most).map((fault) => `${where} ${fault}`),
    ...namesIn(text ?? '')
      .filter((name) => !known.has(name))
      .map((name) => `${where} names ${name}, which there is not`),
  ]
  return [
    ...(/^[a-z]+(_[a-z]+)+$/.test(tool.name) ? [] : [`${tool.name} is no name in snake_case`]),
    ...((tool.title ?? '').length < 4 || (tool.title ?? '').length > 40 ? [`${tool.name} has no short title`] : []),
    ...HINTS.filter((hint) => typeof tool.annotations?.[hint] !== 'boolean').map(
      (hint) => `${tool.name} lacks ${hint}`,
    ),
    ...(tool.annotations?.readOnlyHint && tool.annotations.destructiveHint
      ? [`${tool.name} cannot both read only and destroy`]
      : []),
    ...textual(tool.name, tool.description, [60, 700]),
    ...inputs.flatMap(([name, schema]) => [
      ...textual(`${tool.name}.${name}`, schema.description, [6, 200]),
      ...(isBounded(schema) ? [] : [`${tool.name}.${name} has no bound`]),
    ]),
    ...typeListsIn(tool.inputSchema, `${tool.name}.inputSchema`),
    ...typeListsIn(tool.outputSchema, `${tool.name}.outputSchema`),
  ]
}

function faultsOfText(text: string | undefined, least: number, most: number): string[] {
  if (text === undefined || text.trim() === '') return ['is not described']
  return [
    ...(text.length < least ? [`is described in ${text.length} characters, which says little`] : []),
    ...(text.length > most ? [`is described in ${text.length} characters, which every client pays for`] : []),
    ...(/^[A-Z].*[.)]$/.test(text) ? [] : ['is described in no sentence']),
    ...(/[\u0000-\u001f\u007f-\u009f]|\p{Default_Ignorable_Code_Point}| {2}/u.test(text)
      ? ['is described with characters that nobody sees']
      : []),
  ]
}

/** Words that look like names of tools or fields. */
function namesIn(text: string): string[] {
  return text.match(/\b[a-z]+(?:_[a-z]+)+\b/g) ?? []
}

function isBounded(schema: Schema): boolean {
  const ways = BOUNDS[String(schema.type)]
  return ways === undefined || ways.some((keys) => keys.every((key) => schema[key] !== undefined))
}

function propertiesIn(schema: unknown): string[] {
  return schemasIn(schema, '').flatMap(([, one]) => Object.keys(one.properties ?? {}))
}

/** A list of types is JSON Schema, but several providers of models take one type only. */
function typeListsIn(schema: unknown, at: string): string[] {
  return schemasIn(schema, at).flatMap(([where, { type }]) =>
    Array.isArray(type) ? [`${where} has a list of types`] : [],
  )
}

function schemasIn(value: unknown, at: string): [where: string, schema: Schema][] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.entries(value).flatMap(([key, one]) => schemasIn(one, `${at}.${key}`))
  return Array.isArray(value) ? inner : [[at, value as Schema], ...inner]
}
