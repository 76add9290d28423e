// What MCP and JSON-RPC name, and the clients that speak them.
import { PROTOCOL_MESSAGES } from './protocol-messages.ts'

/** MCP methods and notifications of all protocol revisions to 2026-07-28. */
export const MCP_METHODS: readonly string[] = [...new Set(PROTOCOL_MESSAGES.map(({ method }) => method))]

/** The request whose response is a stream that stays open for hours: counted while it is open, and no latency. */
export const LISTEN = 'subscriptions/listen'

export const PROTOCOL_VERSIONS = [
  '2024-10-07',
  '2024-11-05',
  '2025-03-26',
  '2025-06-18',
  '2025-11-25',
  '2026-07-28',
] as const

/** SDKs that a server can be told to be written with; `_OTHER` where only its messages are seen. */
export const SDKS = ['typescript-v1', 'typescript-v2'] as const
export type Sdk = (typeof SDKS)[number] | '_OTHER'

/** Clients that are known by the name they give in `clientInfo`; a user may add to them. */
export const KNOWN_CLIENTS = [
  'ai-sdk-mcp-client',
  'amp-mcp-client',
  'antigravity-client',
  'ChatGPT',
  'claude-ai',
  'claude-code',
  'Cline',
  'cline',
  'Codex',
  'codex-mcp-client',
  'continue-cli-client',
  'continue-client',
  'copilot',
  'crush',
  'cursor-vscode',
  'factory-cli',
  'gemini-cli-mcp-client',
  'github-copilot-developer',
  'goose',
  'inspector-cli',
  'inspector-client',
  'JetBrains-IDE',
  'JetBrains-IU-copilot-intellij',
  'JetBrains-JBC-copilot-intellij',
  'Kilo-Code',
  'librechat',
  'mcp',
  'mcp-inspector',
  'mcp-remote',
  'mcp-vitals-traffic',
  'openai-mcp',
  'opencode',
  'Q DEV CLI',
  'Q-DEV-CLI',
  'Roo-Code',
  'roo-code',
  'Visual Studio Code',
  'Visual-Studio-Code',
  'Windsurf',
  'windsurf-client',
  'Zed',
  'zed',
] as const

/** JSON-RPC error codes that MCP defines or has defined, as strings (semconv: `rpc.status_code`). */
export const RPC_CODES = [
  '-32700',
  '-32600',
  '-32601',
  '-32602',
  '-32603',
  '-32000',
  '-32001',
  '-32002',
  '-32003',
  '-32004',
  '-32020',
  '-32021',
  '-32022',
  '-32042',
] as const

/** Codes that are the caller's fault: no error of the server's operation by the conventions (semconv, section on errors). */
export const CALLER_FAULT_CODES: ReadonlySet<string> = new Set(['-32700', '-32600', '-32601', '-32602', '-32002'])
