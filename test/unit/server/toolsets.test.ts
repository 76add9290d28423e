// Tests the offered tools over HTTP: bounded schemas, hints, and no mention of a tool that is not offered.
import type { Tool } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, it } from 'vitest'
import { connectClient } from '../../support/clients/mcp-client.ts'
import { startTestApp } from '../../support/servers/test-app.ts'
import { faultsOfTool } from '../../support/servers/tool-lint.ts'

async function toolsOfServer(...args: string[]): Promise<readonly Tool[]> {
  const { url } = await startTestApp(args)
  const { client } = await connectClient(url)
  return (await client.listTools()).tools
}

const EVERYTHING = ['--allow-remediation', '*@*', '--demo-tools']

describe('tools/list over HTTP', () => {
  it.each([
    ['by default', []],
    ['with one action allowed', ['--allow-remediation', 'restart@shop']],
    ['with all tools enabled', EVERYTHING],
  ])('returns bounds and hints for each tool, and names no tool that is not offered, %s', async (_, args) => {
    const tools = await toolsOfServer(...args)

    expect(tools.length).toBeGreaterThan(10)
    expect(tools.flatMap((tool) => faultsOfTool(tool, tools))).toEqual([])
  })

  it('fits the names, descriptions and inputs of all tools into 18,000 characters', async () => {
    const tools = await toolsOfServer(...EVERYTHING)
    const given = tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }))

    // About 4,500 tokens at four characters per token.
    expect(JSON.stringify(given).length).toBeLessThan(18_000)
  })
})

describe('faultsOfTool', () => {
  it('finds missing hints, hidden text, unbounded inputs, unknown tools and type lists, and nothing else', () => {
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
})
