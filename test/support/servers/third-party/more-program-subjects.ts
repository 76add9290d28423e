// More published programs, for the long run of the matrix.
import type { Program } from './program.ts'
import { subjectOf } from './program.ts'
import type { PlannedCall, Subject } from './subject.ts'

/** Small ones, which test/package installs too. */
export const SMALL_PROGRAM_DEPENDENCIES = {
  '@modelcontextprotocol/server-filesystem': '2026.8.31',
  '@modelcontextprotocol/server-memory': '2026.8.31',
  '@modelcontextprotocol/server-sequential-thinking': '2026.8.31',
} as const

export const MORE_PROGRAM_DEPENDENCIES = {
  '@modelcontextprotocol/server-github': '2025.4.8',
  '@sentry/mcp-server': '0.39.0',
  '@upstash/context7-mcp': '4.1.1',
  'chrome-devtools-mcp': '1.11.0',
  'figma-developer-mcp': '0.13.2',
  'firecrawl-mcp': '3.26.0',
  'mcp-server-kubernetes': '4.1.7',
} as const

const UNKNOWN: PlannedCall = { tool: 'made_up', counts: 'unknown_tool' }
/** Nobody listens there. */
const NOWHERE = 'http://127.0.0.1:9/'

const KUBECONFIG = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [{ name: 'nowhere', cluster: { server: NOWHERE } }],
  users: [{ name: 'nobody', user: {} }],
  contexts: [{ name: 'nowhere', context: { cluster: 'nowhere', user: 'nobody' } }],
  'current-context': 'nowhere',
})

const PROGRAMS: readonly Omit<Program, 'project'>[] = [
  {
    name: 'server-filesystem 2026.8.31',
    path: 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js',
    args: ['.'],
    server: 'McpServer',
    calls: [
      { tool: 'list_directory', args: { path: 'node_modules/zod' }, counts: 'success' },
      { tool: 'read_text_file', args: { path: 'package.json' }, counts: 'success' },
      { tool: 'read_text_file', args: { path: 7 }, counts: 'validation_error' },
      { tool: 'read_text_file', args: { path: '/etc/passwd' }, counts: 'Error' },
      UNKNOWN,
    ],
  },
  {
    name: 'server-memory 2026.8.31',
    path: 'node_modules/@modelcontextprotocol/server-memory/dist/index.js',
    server: 'McpServer',
    calls: [
      { tool: 'read_graph', counts: 'success' },
      { tool: 'search_nodes', args: { query: 'a' }, counts: 'success' },
      { tool: 'create_entities', args: { entities: 'none' }, counts: 'validation_error' },
      {
        tool: 'add_observations',
        args: { observations: [{ entityName: 'nobody', contents: ['a'] }] },
        counts: 'Error',
      },
      UNKNOWN,
    ],
  },
  {
    name: 'server-sequential-thinking 2026.8.31',
    path: 'node_modules/@modelcontextprotocol/server-sequential-thinking/dist/index.js',
    server: 'McpServer',
    calls: [
      {
        tool: 'sequentialthinking',
        args: { thought: 'a', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 },
        counts: 'success',
      },
      { tool: 'sequentialthinking', args: { thought: 1 }, counts: 'validation_error' },
      UNKNOWN,
    ],
  },
  {
    name: 'server-github 2025.4.8',
    path: 'node_modules/@modelcontextprotocol/server-github/dist/index.js',
    env: { GITHUB_PERSONAL_ACCESS_TOKEN: 'none' },
    server: 'Server',
    calls: [
      // It throws its own error for refused arguments, which the SDK answers with -32603.
      { tool: 'search_repositories', counts: 'internal_error' },
      { tool: 'get_issue', args: { owner: 1 }, counts: 'internal_error' },
      UNKNOWN,
    ],
  },
  {
    name: '@sentry/mcp-server 0.39.0',
    path: 'node_modules/@sentry/mcp-server/dist/index.js',
    env: { SENTRY_ACCESS_TOKEN: 'none' },
    server: 'McpServer',
    calls: [
      { tool: 'search_sentry_tools', args: { query: 'issues' }, counts: 'success' },
      { tool: 'search_events', counts: 'validation_error' },
      { tool: 'find_organizations', counts: 'tool_error' },
      UNKNOWN,
    ],
  },
  {
    name: '@upstash/context7-mcp 4.1.1',
    path: 'node_modules/@upstash/context7-mcp/dist/index.js',
    server: 'McpServer',
    sdk: { module: '@modelcontextprotocol/server' },
    calls: [
      { tool: 'resolve-library-id', args: { query: 'a', libraryName: 'a' }, counts: 'success' },
      { tool: 'query-docs', args: { libraryId: 7 }, counts: 'validation_error' },
      UNKNOWN,
    ],
  },
  {
    name: 'chrome-devtools-mcp 1.11.0',
    path: 'node_modules/chrome-devtools-mcp/build/src/bin/chrome-devtools-mcp.js',
    args: ['--headless', '--isolated', '--no-usage-statistics', '--executablePath', '/nonexistent'],
    server: 'McpServer',
    sdk: { module: '../third_party/index.js' },
    // There is no browser.
    calls: [
      { tool: 'list_pages', counts: 'tool_error' },
      { tool: 'new_page', args: { url: 4 }, counts: 'validation_error' },
      UNKNOWN,
    ],
  },
  {
    name: 'figma-developer-mcp 0.13.2',
    path: 'node_modules/figma-developer-mcp/dist/bin.js',
    args: ['--stdio'],
    env: { FIGMA_API_KEY: 'none' },
    server: 'McpServer',
    calls: [
      { tool: 'get_figma_data', args: { fileKey: 'none' }, counts: 'tool_error' },
      { tool: 'get_figma_data', args: { fileKey: 5 }, counts: 'validation_error' },
      UNKNOWN,
    ],
  },
  {
    name: 'firecrawl-mcp 3.26.0 (fastmcp 4.3.2)',
    path: 'node_modules/firecrawl-mcp/dist/index.js',
    env: { FIRECRAWL_API_KEY: 'none', FIRECRAWL_API_URL: NOWHERE },
    server: 'Server',
    calls: [
      { tool: 'firecrawl_scrape', args: { url: NOWHERE }, counts: 'tool_error' },
      { tool: 'firecrawl_scrape', counts: 'validation_error' },
      UNKNOWN,
    ],
  },
  {
    name: 'mcp-server-kubernetes 4.1.7',
    path: 'node_modules/mcp-server-kubernetes/dist/index.js',
    files: { 'kubeconfig.json': KUBECONFIG },
    env: { KUBECONFIG: 'kubeconfig.json' },
    server: 'Server',
    calls: [{ tool: 'ping', counts: 'success' }, UNKNOWN],
  },
]

export const MORE_PROGRAM_SUBJECTS: readonly Subject[] = PROGRAMS.map((program) =>
  subjectOf({ ...program, project: isSmall(program) ? 'zod-4' : 'programs' }),
)

function isSmall({ path }: Pick<Program, 'path'>): boolean {
  return Object.keys(SMALL_PROGRAM_DEPENDENCIES).some((name) => path.startsWith(`node_modules/${name}/`))
}
