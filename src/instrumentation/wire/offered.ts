// Names that servers of this process offered: the only tool and prompt names that become labels. A name gets in by what
// the server does (registers, declares, lists), never by what a client asks for.
import { OTHER } from '../catalog/overflow.ts'
import { isRecord, member } from '../outcome/read-value.ts'
import { onLabelReset } from '../record/label-state.ts'

/** More servers than this under different names is a program that makes names up; the rest share one entry. */
const MAX_SERVERS = 200
/** Names beyond this are `_OTHER` on metrics all the same (see `tool.name` in the catalog). */
const MAX_NAMES = 1000

export interface Offered {
  has(name: string): boolean
  add(name: string): void
}

const perServer = new Map<string, { readonly tools: Offered; readonly prompts: Offered }>()

onLabelReset(() => perServer.clear())

/** The names offered by servers called `serverName` in this process: one server per request shares them with the next. */
export function offeredBy(serverName: string): { readonly tools: Offered; readonly prompts: Offered } {
  const key = perServer.size < MAX_SERVERS || perServer.has(serverName) ? serverName : OTHER
  let offered = perServer.get(key)
  if (offered === undefined) {
    offered = { tools: nameSet(), prompts: nameSet() }
    perServer.set(key, offered)
  }
  return offered
}

/** A set of offered names that is nobody else's: what one client was told by the server it is connected to. */
export function nameSet(): Offered {
  const names = new Set<string>()
  return {
    has: (name) => names.has(name),
    add(name) {
      if (names.size < MAX_NAMES) names.add(name)
    },
  }
}

/** The names in the answer to a `tools/list` or `prompts/list`. */
export function listedNames(result: unknown, what: 'tools' | 'prompts'): string[] {
  const list = member(result, what)
  if (!Array.isArray(list)) return []
  return list.flatMap((entry) => (isRecord(entry) && typeof entry['name'] === 'string' ? [entry['name']] : []))
}
