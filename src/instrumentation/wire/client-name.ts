// Reads which client sent a message.
import { OTHER } from '../catalog/overflow.ts'
import { KNOWN_CLIENTS } from '../catalog/protocol-values.ts'
import { member, textMember } from '../outcome/read-value.ts'

/** From revision 2026-07-28 on each request carries its client in `_meta`. */
const CLIENT_META_KEY = 'io.modelcontextprotocol/clientInfo'

/** Names that can be added for the process; the label has room for as many more. */
const MAX_ADDED = 50

let clients: ReadonlySet<string> = new Set(KNOWN_CLIENTS)

/** Lets these names be labels too, in this process: at most 50. Replaces those of an earlier call. */
export function setClients(names: Iterable<string> = []): void {
  clients = new Set([...KNOWN_CLIENTS, ...[...names].slice(0, MAX_ADDED)])
}

/** The name that the client gives itself, as sent. */
export function clientNameOf(method: string, params: unknown): string | undefined {
  if (method === 'initialize') return textMember(member(params, 'clientInfo'), 'name')
  return textMember(member(member(params, '_meta'), CLIENT_META_KEY), 'name')
}

/** A client's name as a label: clients name themselves, so only known names and those the user adds get through. */
export function clientLabel(name: string | undefined, added: ReadonlySet<string>): string {
  return name !== undefined && (clients.has(name) || added.has(name)) ? name : OTHER
}
