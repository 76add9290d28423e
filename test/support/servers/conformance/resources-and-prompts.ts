// The resources and prompts that the conformance suite reads, with completion and subscriptions.
import { completable } from '@modelcontextprotocol/sdk/server/completable.js'
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { ResourceTemplate } from '@modelcontextprotocol/sdk/server/mcp.js'
import type { GetPromptResult } from '@modelcontextprotocol/sdk/types.js'
import { SubscribeRequestSchema, UnsubscribeRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { PNG } from './media.ts'

export function registerResources(server: McpServer): void {
  const describe = (description: string, mimeType: string) => ({ description, mimeType })
  server.registerResource('text', 'test://static-text', describe('A text', 'text/plain'), ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' }],
  }))
  server.registerResource('pixel', 'test://static-binary', describe('A pixel', PNG.mimeType), ({ href: uri }) => ({
    contents: [{ uri, mimeType: PNG.mimeType, blob: PNG.data }],
  }))
  server.registerResource('watched', 'test://watched-resource', describe('Watched', 'text/plain'), ({ href: uri }) => ({
    contents: [{ uri, mimeType: 'text/plain', text: 'This never changes.' }],
  }))
  server.registerResource(
    'template',
    new ResourceTemplate('test://template/{id}/data', { list: undefined }),
    describe('Data by id', 'application/json'),
    ({ href: uri }, { id }) => {
      const text = JSON.stringify({ id, templateTest: true, data: `Data for ID: ${id}` })
      return { contents: [{ uri, mimeType: 'application/json', text }] }
    },
  )
  server.server.registerCapabilities({ resources: { subscribe: true } })
  const subscribed = new Set<string>()
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    subscribed.add(params.uri)
    return {}
  })
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    if (!subscribed.delete(params.uri)) throw new Error(`${params.uri} was never subscribed to`)
    return {}
  })
}

export function registerPrompts(server: McpServer): void {
  const user = (...contents: GetPromptResult['messages'][number]['content'][]): GetPromptResult => ({
    messages: contents.map((content) => ({ role: 'user', content })),
  })
  const text = (line: string) => ({ type: 'text', text: line }) as const

  server.registerPrompt('test_simple_prompt', { description: 'A prompt' }, () =>
    user(text('This is a simple prompt for testing.')),
  )
  server.registerPrompt(
    'test_prompt_with_arguments',
    {
      description: 'A prompt with two arguments',
      argsSchema: {
        arg1: completable(z.string(), (begun) => ['testing', 'paris'].filter((word) => word.startsWith(begun))),
        arg2: z.string(),
      },
    },
    ({ arg1, arg2 }) => user(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
  )
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description: 'A prompt about a resource', argsSchema: { resourceUri: z.string() } },
    ({ resourceUri: uri }) =>
      user(
        {
          type: 'resource',
          resource: { uri, mimeType: 'text/plain', text: 'Embedded resource content for testing.' },
        },
        text('Please process the embedded resource above.'),
      ),
  )
  server.registerPrompt('test_prompt_with_image', { description: 'A prompt about an image' }, () =>
    user({ type: 'image', ...PNG }, text('Please analyze the image above.')),
  )
}
