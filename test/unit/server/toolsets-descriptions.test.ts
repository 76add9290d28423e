// Tests that the descriptions of all tools are enough to use them, as a client sees them.
import { beforeAll, describe, expect, it } from 'vitest'
import { limitConcurrency } from '../../../src/index.ts'
import { ISSUE_RULES } from '../../../src/server/kubernetes/diagnosis/issue-rules.ts'
import { namespaceScope } from '../../../src/server/kubernetes/namespace-scope.ts'
import { createMcp } from '../../../src/server/mcp.ts'
import { toolsOf } from '../../../src/server/toolsets.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { linkedClient } from '../../support/clients/linked-client.ts'

interface Schema {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
}

interface Told {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly inputSchema: Schema
  readonly outputSchema: Schema
}

let tools: readonly Told[]
beforeAll(async () => {
  // The test calls no tool, so the cluster is a stub.
  const cluster = { api: {}, reads: {}, forget: () => {}, log: async () => '', scope: namespaceScope(), now: Date.now }
  const allowed = { allowRemediation: [{ action: '*', namespace: '*' }] as const, protectedNamespaces: [] }
  const offered = toolsOf({ demoTools: true, deadlineMs: 1_000, ...allowed }, cluster as never)
  const logger = createLogger({ level: 'silent', destination: { write: () => {} } })
  const rules = { deadlineMs: 1_000, limit: limitConcurrency({ limit: 1 }), logger }
  const client = await linkedClient(createMcp({ name: 'test', version: '1', tools: offered, ...rules }).forSession())
  tools = (await client.listTools()).tools as unknown as readonly Told[]
  await client.close()
})

const inputsOf = ({ inputSchema }: Told) => Object.entries(inputSchema.properties ?? {})

/** Returns the names of fields at any depth. */
function fieldsOf({ properties = {}, items, anyOf = [] }: Schema): string[] {
  const deeper = [...Object.values(properties), ...(items ? [items] : []), ...anyOf]
  return [...Object.keys(properties), ...deeper.flatMap(fieldsOf)]
}

/** Returns every description in a tool, and what it describes. */
function sentencesOf(tool: Told): [of: string, text: string][] {
  const within = (schema: Schema, path: string): [string, string][] => [
    ...(schema.description === undefined ? [] : [[path, schema.description] as [string, string]]),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, value]) => within(value, `${path}.${key}`)),
    ...(schema.items ? within(schema.items, `${path}[]`) : []),
  ]
  return [
    [tool.name, tool.description],
    ...within(tool.inputSchema, tool.name),
    ...within(tool.outputSchema, tool.name),
  ]
}

describe('tools/list with all tools', () => {
  it('gives each tool a title and its own description of a few sentences', () => {
    expect(tools.length).toBeGreaterThan(17)
    for (const { name, title, description } of tools) {
      expect(title, name).toMatch(/^[A-Z][\w ]{3,40}$/)
      expect(description, name).toMatch(/^[A-Z][\s\S]{40,900}\.$/)
    }
    expect(new Set(tools.map(({ description }) => description)).size).toBe(tools.length)
  })

  it('describes every input', () => {
    const silent = tools.flatMap((tool) =>
      inputsOf(tool)
        .filter(([, { description = '' }]) => !/^[A-Z][\s\S]{5,250}\.$/.test(description))
        .map(([key, { description }]) => `${tool.name}.${key}: ${description}`),
    )
    expect(silent).toEqual([])
  })

  it('uses one type for all inputs of the same name', () => {
    const types = new Map<string, Set<string>>()
    for (const [key, { type = '' }] of tools.flatMap(inputsOf)) types.set(key, (types.get(key) ?? new Set()).add(type))
    expect([...types].filter(([, all]) => all.size > 1)).toEqual([])
  })

  it('names only offered tools, fields of the tool and issue types in its descriptions', () => {
    const names = new Set(tools.map(({ name }) => name))
    const unknown = tools.flatMap((tool) => {
      const known = new Set([...names, ...fieldsOf(tool.inputSchema), ...fieldsOf(tool.outputSchema)])
      // `issue_type` is the label that holds an issue type.
      for (const word of ['issue_type', ...ISSUE_RULES.map(({ id }) => id)]) known.add(word)
      return sentencesOf(tool).flatMap(([of, text]) =>
        [...text.matchAll(/\b[a-z]+(?:_[a-z]+)+\b/g)]
          .filter(([word]) => !known.has(word))
          .map(([word]) => `${of}: ${word}`),
      )
    })
    expect(unknown).toEqual([])
  })

  it('contains no marketing words and no orders to a model', () => {
    const loud = /\b(powerful|seamless|easily|simply|best|always use|must use|important|never mind|ignore)\b/i
    const found = tools.flatMap((tool) => sentencesOf(tool).filter(([, text]) => loud.test(text)))
    expect(found).toEqual([])
  })
})

describe('ISSUE_RULES', () => {
  it('names only offered tools in next steps and causes', () => {
    const names = new Set(tools.map(({ name }) => name))
    const missing = ISSUE_RULES.filter(({ next }) => next.tool !== undefined && !names.has(next.tool))
    expect(missing.map(({ id }) => id)).toEqual([])
    const words = ISSUE_RULES.flatMap(({ id, next, cause }) =>
      [...`${next.text} ${cause}`.matchAll(/\b(?:list|get|diagnose|plan|apply)_[a-z_]+\b/g)].map(([word]) => [
        id,
        word,
      ]),
    )
    expect(words.filter(([, word = '']) => !names.has(word))).toEqual([])
  })
})
