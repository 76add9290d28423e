// Tests clients in Python and Go in front of `mcp-vitals proxy`, with a server in Python on FastMCP behind it.
import { execFile, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { runProxy } from '../support/programs/attached-program.ts'
import { freePorts } from '../support/programs/free-ports.ts'
import { waitFor } from '../support/programs/wait-for.ts'

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const parts = inject('parts')
const python = parts['fastmcp-python']
const ended: (() => void)[] = []
let url = ''

beforeAll(async () => {
  const [port = 0] = await freePorts(1)
  const server = spawn(python, [file('../support/servers/fastmcp-http-server.py'), String(port)], { stdio: 'ignore' })
  ended.push(() => server.kill('SIGKILL'))
  url = `http://127.0.0.1:${port}/mcp`
  await waitFor(
    () =>
      fetch(url).then(
        ({ status }) => status > 0,
        () => false,
      ),
    120_000,
    'the server in Python',
  )
}, 150_000)
afterAll(() => {
  for (const end of ended) end()
})

describe('mcp-vitals proxy', () => {
  it.each([
    {
      name: 'Python',
      command: [python, file('../support/clients/fastmcp-client.py')],
      printed: [['add', 'fail', 'steps'], 5, 'done', true, true, [0, 1, 2]],
    },
    {
      name: 'Go',
      command: [parts['go-client']],
      printed: [['add', 'fail', 'steps'], '5', 'done', true, true],
    },
  ])('serves a client in $name, and counts each call once', async ({ command: [program = '', ...args], printed }) => {
    const proxy = await runProxy(url)
    const { stdout } = await promisify(execFile)(program, [...args, proxy.url], { timeout: 120_000 })

    expect(JSON.parse(stdout)).toEqual(printed)
    const series = await proxy.series()
    const counted = (name: string) =>
      Object.fromEntries([...series].filter(([sample, value]) => sample.startsWith(`${name}{`) && value !== 0))
    expect(counted('mcp_tool_calls_total')).toEqual({
      'mcp_tool_calls_total{status="success",tool_name="add"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="add"}': 1,
      'mcp_tool_calls_total{status="success",tool_name="steps"}': 1,
      'mcp_tool_calls_total{status="error",tool_name="fail"}': 1,
    })
    expect(counted('mcp_tool_errors_total')).toEqual({
      'mcp_tool_errors_total{error_type="validation_error",tool_name="add"}': 1,
      'mcp_tool_errors_total{error_type="tool_error",tool_name="fail"}': 1,
    })
    expect(counted('mcp_active_requests')).toEqual({})
    expect([...series.keys()].some((name) => name.startsWith('mcp_server_info{server_name="python-server"'))).toBe(true)
  })
})
