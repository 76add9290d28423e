// The worked example of an attachment in CONTRIBUTING.md: measures a server of which only the messages are known.
import { OTHER } from '@mcp-vitals/instrumentation'
import type { Party } from '@mcp-vitals/instrumentation/wire'
import { member, nameSet, settingsOf, textMember, watchConnection } from '@mcp-vitals/instrumentation/wire'

export function measureMessages(): { fromClient(message: unknown): void; fromServer(message: unknown): void } {
  const tools = nameSet()
  const server: Party = {
    kind: 'server',
    settings: settingsOf({}),
    label: (_method, name) => (tools.has(name) ? name : OTHER),
    calledTool: (name) => ({
      label: tools.has(name) ? name : OTHER,
      declared: new Set(),
      evidence: () => ({ kind: 'none' }),
    }),
    listed(_method, result) {
      const list = member(result, 'tools')
      for (const tool of Array.isArray(list) ? list : []) tools.add(textMember(tool, 'name') ?? OTHER)
    },
  }
  const watcher = watchConnection({ network: { networkTransport: 'pipe' } }, server)
  return {
    fromClient: (message) => void watcher.received(message)?.(() => {}),
    fromServer: (message) => watcher.sending(message)?.settled(false),
  }
}
