// What a client is offered, looked at over HTTP as a client looks: schemas that hold, effects that are said, and no word of a tool that is
// not there.
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { connectClient } from '../../support/clients/mcp-client.ts'
import { startTestApp } from '../../support/servers/test-app.ts'
import { faultsOfTool } from '../../support/servers/tool-lint.ts'

async function toolsOfServer(...args: string[]): Promise<readonly Tool[]> {
  const { url } = await startTestApp(args)
  const { client } = await connectClient(url)
  return (await client.listTools()).tools
}

const EVERYTHING = ['--allow-remediation', '*@*', '--demo-tools']

test.each([
  ['as it starts', []],
  ['with one action allowed', ['--allow-remediation', 'restart@shop']],
  ['with all that it may have', EVERYTHING],
])('the tools of a server %s have bounds and hints, and speak of no tool that it does not offer', async (_, args) => {
  const tools = await toolsOfServer(...args)

  expect(tools.length).toBeGreaterThan(10)
  expect(tools.flatMap((tool) => faultsOfTool(tool, tools))).toEqual([])
})

test('all of them together take up a bounded part of the context of a model', async () => {
  const tools = await toolsOfServer(...EVERYTHING)
  const given = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))

  // At four characters a token, some 4,500 tokens.
  expect(JSON.stringify(given).length).toBeLessThan(18_000)
})

test('the look at a tool finds what it looks for', () => {
  const good = {
    name: 'list_pods',
    title: 'List pods',
    description: 'Lists pods; get_pod tells more, and next_cursor leads on.',
    inputSchema: {
      type: 'object',
      properties: { limit: { type: 'integer', minimum: 1, maximum: 9, description: 'How many.' } },
    },
    outputSchema: { type: 'object', properties: { next_cursor: { type: 'string' } } },
    annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  } as const satisfies Tool
  const other = { ...good, name: 'get_pod' }
  const withInput = (input: object) => ({ ...good, inputSchema: { type: 'object', properties: { it: input } } })

  expect(faultsOfTool(good, [good, other])).toEqual([])
  expect(faultsOfTool(good, [good])).toEqual(['list_pods names get_pod, which is not offered'])
  const bad: [object, string][] = [
    [{ ...good, annotations: { ...good.annotations, openWorldHint: undefined } }, 'list_pods lacks openWorldHint'],
    [{ ...good, annotations: { ...good.annotations, destructiveHint: true } }, 'list_pods cannot both'],
    [{ ...good, description: 'Lists po\u200bds.' }, 'list_pods says something that nobody sees'],
    [{ ...good, description: 'Lists\u001b[8mpods.' }, 'list_pods says something that nobody sees'],
    [withInput({ type: 'string', description: 'As describe_pod says.' }), 'list_pods.it has no bound'],
    [withInput({ type: 'integer', minimum: 0 }), 'list_pods.it has no bound'],
    [withInput({ type: 'array', items: { type: 'string' } }), 'list_pods.it has no bound'],
    [withInput({ enum: ['a'], description: 'As describe_pod says.' }), 'list_pods.it names describe_pod'],
    [withInput({ type: ['string', 'number'] }), 'list_pods.inputSchema.properties.it has a list of types'],
  ]
  for (const [tool, fault] of bad) expect(faultsOfTool(tool as Tool, [good, other]).join('\n')).toContain(fault)
})
