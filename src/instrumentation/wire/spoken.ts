// Says which protocol revisions a server has spoken, and with which SDK.

import { OTHER } from '../catalog/overflow.ts'
import type { Sdk } from '../catalog/protocol-values.ts'
import { instruments, onMeterProvider } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import { versionLabel } from './protocol-version.ts'

/** Beyond this many servers and revisions none is announced. */
const MAX_SPOKEN = 200

const spoken = new Map<string, () => void>()

onLabelReset(() => spoken.clear())

onMeterProvider(() => {
  for (const record of spoken.values()) record()
})

/** Records `mcp_server_protocol_info` once for each revision, now and on every meter provider to come. */
export function speaks(serverName: string, version: string, sdk: Sdk = OTHER): void {
  const revision = versionLabel(version) as '2025-11-25'
  const key = JSON.stringify([serverName, revision, sdk])
  if (spoken.has(key) || spoken.size >= MAX_SPOKEN) return
  const record = () =>
    instruments.serverProtocolInfo.record(1, { 'server.name': serverName, 'protocol.version': revision, sdk })
  spoken.set(key, record)
  record()
}
