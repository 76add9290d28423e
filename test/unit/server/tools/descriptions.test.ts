// What a model is told of the tools: enough to use each without reading the source, in few words, and nothing that is not so.
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { ISSUE_TYPES } from '../../../../src/server/kubernetes/diagnosis/issue-types.ts'
import { connectClient } from '../../../support/mcp-client.ts'
import { startTestApp } from '../../../support/test-app.ts'
import { faultsOfTool } from '../../../support/tool-lint.ts'

async function toolsOfServer(...args: string[]): Promise<readonly Tool[]> {
  const { url } = await startTestApp(args)
  const { client } = await connectClient(url)
  return (await client.listTools()).tools
}

const EVERYTHING = ['--allow-remediation', '*@*', '--demo-tools']

test.each([
  ['as it starts', []],
  ['with everything that it may have', EVERYTHING],
])(
  'every tool of the server %s, and every argument, is described, bounded, and names only tools that are offered',
  async (_, args) => {
    const tools = await toolsOfServer(...args)

    expect(tools.length).toBeGreaterThan(10)
    expect(tools.flatMap((tool) => faultsOfTool(tool, tools))).toEqual([])
  },
)

test('no two tools are described alike, and all of them together take up a bounded part of a context', async () => {
  const tools = await toolsOfServer(...EVERYTHING)

  expect(new Set(tools.map(({ description }) => description)).size).toBe(tools.length)
  expect(new Set(tools.map(({ title }) => title)).size).toBe(tools.length)
  // What a client gives to its model: at four characters a token, some 4,500 tokens.
  const given = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))
  expect(JSON.stringify(given).length).toBeLessThan(18_000)
})

test('the tool that an issue type says to call next is one that reads and is there', async () => {
  const tools = await toolsOfServer()
  const reading = new Set(tools.filter(({ annotations }) => annotations?.readOnlyHint).map(({ name }) => name))
  const named = ISSUE_TYPES.flatMap(({ next }) => (next.tool === undefined ? [] : [next.tool]))

  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((name) => !reading.has(name))).toEqual([])
})

test('the look at descriptions finds what it looks for', () => {
  const good = {
    name: 'list_pods',
    title: 'List pods',
    description: 'Lists the pods of a namespace with their status, so that get_pod can be asked about one of them.',
    inputSchema: {
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 1, maximum: 9, description: 'How many at most.' } },
    },
    outputSchema: { type: 'object', properties: { next_cursor: { type: 'string' } } },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  } as const satisfies Tool
  const other = { ...good, name: 'get_pod' }
  const withInput = (input: object) => ({
    ...good,
    inputSchema: { type: 'object' as const, properties: { it: input } },
  })
  const described = { description: 'What it is.' }

  expect(faultsOfTool(good, [good, other])).toEqual([])
  expect(faultsOfTool(good, [good])).toEqual(['list_pods names get_pod, which there is not'])
  const bad: [object, RegExp][] = [
    [{ ...good, name: 'listPods' }, /no name/],
    [{ ...good, title: undefined }, /no short title/],
    [{ ...good, annotations: { ...good.annotations, openWorldHint: undefined } }, /lacks openWorldHint/],
    [{ ...good, annotations: { ...good.annotations, destructiveHint: true } }, /both/],
    [{ ...good, description: undefined }, /not described/],
    [{ ...good, description: 'Lists pods.' }, /says little/],
    [{ ...good, description: `${good.description} `.repeat(20).trim() }, /every client pays/],
    [{ ...good, description: good.description.slice(0, -1) }, /no sentence/],
    [{ ...good, description: good.description.replace('pods', 'po\u200bds') }, /nobody sees/],
    [{ ...good, description: good.description.replace('get_pod', 'kill_pod') }, /names kill_pod/],
    [withInput({ type: 'string', maxLength: 5 }), /it is not described/],
    [withInput({ type: 'string', maxLength: 5, description: 'As describe_pod gives it.' }), /names describe_pod/],
    [withInput({ type: 'string', ...described }), /no bound/],
    [withInput({ type: 'integer', minimum: 0, ...described }), /no bound/],
    [withInput({ type: ['string', 'number'], ...described }), /list of types/],
    [
      { ...good, outputSchema: { type: 'object', properties: { a: { items: { type: ['a', 'b'] } } } } },
      /list of types/,
    ],
  ]
  for (const [tool, fault] of bad) {
    expect(faultsOfTool(tool as Tool, [good, other]).join(), JSON.stringify(tool)).toMatch(fault)
  }
})
