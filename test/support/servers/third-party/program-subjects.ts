// Published programs that the test runs.
import { subjectOf } from './program.ts'
import type { Subject } from './subject.ts'

export const PROGRAM_DEPENDENCIES = {
  '@modelcontextprotocol/server-everything': '2026.8.31',
  '@playwright/mcp': '0.0.83',
} as const

const EVERYTHING = 'node_modules/@modelcontextprotocol/server-everything/dist/index.js'
const WITHOUT_WINDOW = ['--headless', '--isolated'] as const

export const PROGRAM_SUBJECTS: readonly Subject[] = [
  subjectOf({
    name: 'server-everything 2026.8.31',
    project: 'zod-4',
    path: EVERYTHING,
    server: 'McpServer',
    http: (port) => ({ args: ['streamableHttp'], env: { PORT: String(port) } }),
    calls: [
      { tool: 'echo', args: { message: 'a' }, counts: 'success' },
      { tool: 'get-sum', args: { a: 1, b: 2 }, counts: 'success' },
      { tool: 'get-sum', args: { a: 'one' }, counts: 'validation_error' },
      { tool: 'made_up', counts: 'unknown_tool' },
      { tool: 'get-resource-reference', args: { resourceType: 'Text', resourceId: -1 }, counts: 'Error' },
      { tool: 'echo', args: { message: 'b' }, counts: 'success' },
    ],
  }),
  subjectOf({
    name: '@playwright/mcp 0.0.83',
    project: 'zod-4',
    path: 'node_modules/@playwright/mcp/cli.js',
    args: WITHOUT_WINDOW,
    server: 'Server',
    sdk: { module: 'playwright-core/lib/utilsBundle', isCommonJs: true },
    http: (port) => ({ args: [...WITHOUT_WINDOW, '--allowed-hosts', '*', '--port', String(port)] }),
    // There is no browser: every call fails, before the arguments are looked at.
    calls: [
      { tool: 'browser_close', counts: 'tool_error' },
      { tool: 'browser_tabs', args: { action: 5 }, counts: 'tool_error' },
      { tool: 'made_up', counts: 'unknown_tool' },
      { tool: 'browser_navigate', args: { url: 'http://127.0.0.1:9/' }, counts: 'tool_error' },
    ],
  }),
]
