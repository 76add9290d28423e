import { beforeEach, describe, expect, it } from 'vitest'
import { resetLabels } from '../../../../src/instrumentation/record/label-state.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import { createServerParty } from '../../../../src/instrumentation/wire/server-party.ts'
import type { RecordedSeries } from '../../../support/telemetry/recorded-series.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

let recorded: RecordedSeries
beforeEach(() => {
  resetLabels()
  recorded = recordSeries()
})

function lister(name: string, sizes = true) {
  const watcher = watchConnection({ network: {} }, createServerParty({ name, version: '1' }, { sizes }))
  let id = 0
  return (method: string, result: object, params: object = {}, facts = {}) => {
    id += 1
    watcher.received({ jsonrpc: '2.0', id, method, params })?.(() => {})
    watcher.sending({ jsonrpc: '2.0', id, result }, facts)?.settled(false)
  }
}

const tool = (name: string, description = '') => ({ name, description, inputSchema: { type: 'object' } })
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const sizeOf = (name: string) => recorded.value(`mcp_tool_definition_size_bytes{tool_name="${name}"}`)
const listed = () => recorded.value('mcp_tools_listed')

describe('watchConnection, of a server that lists tools', () => {
  it('records the bytes of each definition, how many there are, and the bytes of the list', async () => {
    const tools = [tool('a', 'Zürich'), tool('b')]
    lister('one')('tools/list', { tools })

    expect(await sizeOf('a')).toBe(bytes(tools[0]))
    expect(await sizeOf('b')).toBe(bytes(tools[1]))
    expect(await listed()).toBe(2)
    expect(await recorded.value('mcp_list_response_size_bytes_sum{mcp_method_name="tools/list"}')).toBe(
      bytes({ tools }),
    )
  })

  it('counts tools over all pages, and only when the last one is there', async () => {
    const list = lister('paged')
    list('tools/list', { tools: [tool('a')], nextCursor: 'more' })
    expect(await listed()).toBeUndefined()
    list('tools/list', { tools: [tool('lost')] }, { cursor: 'of another list' })
    expect(await listed()).toBeUndefined()
    list('tools/list', { tools: [tool('b'), tool('c')] }, { cursor: 'more' })

    expect(await listed()).toBe(3)
    expect(await sizeOf('lost')).toBeUndefined()
    expect(await recorded.value('mcp_list_response_size_bytes_count{mcp_method_name="tools/list"}')).toBe(3)
  })

  it('sets a tool that is no longer listed to 0, and adds up the tools of several servers', async () => {
    const list = lister('changing')
    list('tools/list', { tools: [tool('a'), tool('b')] })
    list('tools/list', { tools: [tool('a')] })
    lister('another')('tools/list', { tools: [tool('c')] })

    expect(await sizeOf('b')).toBe(0)
    expect(await listed()).toBe(2)
  })

  it('measures lists of prompts and resources, and no answer to anything else', async () => {
    const list = lister('others')
    for (const method of ['prompts/list', 'resources/list', 'resources/templates/list']) list(method, { x: [] })
    list('tasks/list', { tasks: [] })
    list('roots/list', { roots: [] })

    expect(Object.values(await recorded.nonZero('mcp_list_response_size_bytes_count'))).toEqual([1, 1, 1])
    expect(await listed()).toBeUndefined()
  })

  it('takes the size of a list that was too large to be collected from its source, and none of its tools', async () => {
    lister('large')('tools/list', { tools: [{ name: 'a' }] }, {}, { resultBytes: 5_000_000 })

    expect(await recorded.value('mcp_list_response_size_bytes_sum{mcp_method_name="tools/list"}')).toBe(5_000_000)
    expect(await sizeOf('a')).toBeUndefined()
  })

  it('measures nothing without sizes, and starts again on a new meter provider', async () => {
    lister('silent', false)('tools/list', { tools: [tool('a')] })
    expect(await sizeOf('a')).toBeUndefined()

    lister('told')('tools/list', { tools: [tool('b')] })
    recorded = recordSeries()
    lister('told')('ping', {})
    expect(await sizeOf('b')).toBe(bytes(tool('b')))
    expect(await listed()).toBe(1)
  })
})

describe('mcp_server_protocol_info', () => {
  const info = () => recorded.nonZero('mcp_server_protocol_info')

  it('has each revision that a server has spoken, agreed on or named by the request', async () => {
    const list = lister('speaker')
    list('initialize', { protocolVersion: '2025-11-25' })
    list('ping', {})
    list('ping', {}, { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } })
    list('ping', {}, { _meta: { 'io.modelcontextprotocol/protocolVersion': 'made up' } })

    expect(await info()).toEqual(
      Object.fromEntries(
        ['2025-11-25', '2026-07-28', '_OTHER'].map((revision) => [
          `mcp_server_protocol_info{protocol_version="${revision}",sdk="_OTHER",server_name="speaker"}`,
          1,
        ]),
      ),
    )
  })
})
