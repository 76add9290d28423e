// The servers that the page shows, at most a given number of them. The one that was silent longest makes room.
import type { ServerModel } from './server-model.ts'
import { createServerModel } from './server-model.ts'

export interface PageModel {
  /** The server of this id; makes it if it is new and there is room. */
  server(id: string, now: number): ServerModel | undefined
  find(id: string | undefined): ServerModel | undefined
  all(): readonly ServerModel[]
  /** Drops what is known. */
  clear(): void
}

/** A server that sent nothing for this long makes room for a new one. */
const SILENT_MS = 60_000

export function createPageModel(maxServers = 1): PageModel {
  const servers = new Map<string, ServerModel>()
  return {
    server(id, now) {
      const known = servers.get(id)
      if (known !== undefined) return known
      if (servers.size >= maxServers) {
        const [longest] = [...servers.values()].sort((a, b) => a.lastAt - b.lastAt)
        if (longest === undefined || longest.lastAt > now - SILENT_MS) return undefined
        servers.delete(longest.id)
      }
      const made = createServerModel(id)
      servers.set(id, made)
      return made
    },
    find: (id) => (id === undefined ? servers.values().next().value : servers.get(id)),
    all: () => [...servers.values()],
    clear: () => servers.clear(),
  }
}
