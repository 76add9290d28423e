import { describe, expect, it, vi } from 'vitest'
import { createToolNames } from '../../../../src/attach/proxy/tool-names.ts'

function start(answers: readonly object[]) {
  const listed: unknown[] = []
  let clock = 0
  const asked: object[] = []
  const tools = createToolNames({
    server: { isListed: (name) => name === 'known', listed: (_, result) => void listed.push(result) },
    ask: async (message) => {
      asked.push(message)
      return answers[asked.length - 1] ?? Promise.reject(new Error('no answer'))
    },
    now: () => clock,
  })
  return {
    tools,
    listed,
    asked,
    later(ms: number) {
      clock += ms
    },
  }
}

const call = (name: string, _meta?: object) => ({ params: { name, ...(_meta && { _meta }) } })

describe('createToolNames', () => {
  it('asks for each page once a tool is called that nobody has listed, and lets work wait for the answer, in order', async () => {
    const { tools, listed, asked } = start([{ result: { nextCursor: 'p2' } }, { result: { tools: [] } }])
    const done: string[] = []
    tools.whenKnown(() => done.push('before'))
    tools.called(call('known'), {})
    expect(asked).toEqual([])

    tools.called(call('new', { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', progressToken: 1 }), {})
    tools.whenKnown(() => done.push(`first of ${listed.length}`))
    tools.whenKnown(() => done.push('second'))
    expect(done).toEqual(['before'])
    await vi.waitFor(() => expect(done).toEqual(['before', 'first of 2', 'second']))
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
    expect(asked).toEqual([
      { jsonrpc: '2.0', id: 'mcp-vitals:1', method: 'tools/list', params: { _meta } },
      { jsonrpc: '2.0', id: 'mcp-vitals:2', method: 'tools/list', params: { _meta, cursor: 'p2' } },
    ])
  })

  it('asks once a minute, whatever names are called and however the server answers', async () => {
    const { tools, asked, later } = start([])
    const done: number[] = []
    for (const round of [0, 1, 2]) {
      tools.called(call(`made_up_${round}`), {})
      tools.whenKnown(() => done.push(round))
      await vi.waitFor(() => expect(done).toContain(round))
    }
    expect(asked).toHaveLength(1)
    later(60_000)
    tools.called(call('made_up'), {})
    expect(asked).toHaveLength(2)
  })
})
