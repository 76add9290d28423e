// Reads the protocol revision that a message belongs to.
import { OTHER } from '../catalog/overflow.ts'
import { PROTOCOL_VERSIONS } from '../catalog/protocol-values.ts'
import { member, textMember } from '../outcome/read-value.ts'
import type { NetworkFacts } from './network.ts'

/** From revision 2026-07-28 on there are no sessions: each request carries its revision in `_meta`. */
const VERSION_META_KEY = 'io.modelcontextprotocol/protocolVersion'
const FIRST_STATELESS_VERSION = '2026-07-28'

const VERSIONS: ReadonlySet<string> = new Set(PROTOCOL_VERSIONS)

/** The revision that a message names itself. */
export function protocolVersionIn(params: unknown): string | undefined {
  return textMember(member(params, '_meta'), VERSION_META_KEY)
}

/** The revision as an attribute: a known one or `_OTHER`. */
export function versionLabel(version: string | undefined): string | undefined {
  return version === undefined || VERSIONS.has(version) ? version : OTHER
}

/** Whether a closed response stream is how a client of that revision cancels. */
export function closingCancels(version: string | undefined, network: NetworkFacts): boolean {
  return network.networkProtocol === 'http' && version !== undefined && version >= FIRST_STATELESS_VERSION
}
