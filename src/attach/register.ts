// `node --import mcp-vitals/register server.js` measures the MCP servers of a program that is not changed. Telemetry starts when a server
// is made: node options are inherited, and npm, npx and whatever else runs before the server stays as it is.
import { fstatSync } from 'node:fs'
import { createRequire } from 'node:module'
import { canHookModules, installLoadHook } from '@mcp-vitals/instrumentation/load-hook'
import { packageAbove } from './package-above.ts'

/** Of Node.js. */
const MINIMUM = [22, 19] as const

// The library is loaded when a server is made, at once: the program connects it in the next line.
const library = () => createRequire(import.meta.url)('mcp-vitals') as typeof import('mcp-vitals')

let isStarted = false

function start(): void {
  if (isStarted) return
  isStarted = true
  const { holdUntilReady, reportOnce, startTelemetry } = library()
  const release = holdUntilReady()
  startTelemetry({
    stdio: readsPipe(),
    pushAtExit: true,
    resourceAttributes: { 'mcp_vitals.attach': 'preload' },
    ...packageAbove(process.argv[1]),
  })
    .catch((error: Error) => reportOnce(`telemetry does not start: ${error.message}`))
    .finally(release)
}

/** A server over stdio is started as often as a client likes, so its port says nothing about which one it is. */
function readsPipe(): boolean {
  try {
    const stdin = fstatSync(0)
    return stdin.isFIFO() || stdin.isSocket()
  } catch {
    return false
  }
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
// Both say that they are a version of Node.js, but their hooks get other sources: what is rewritten there may not run.
const isOther = 'deno' in process.versions || 'bun' in process.versions
if (isOther || !canHookModules() || major < MINIMUM[0] || (major === MINIMUM[0] && minor < MINIMUM[1])) {
  process.stderr.write(
    `mcp-vitals: register needs Node.js ${MINIMUM.join('.')} or newer, and measures nothing on this runtime\n`,
  )
} else {
  installLoadHook({ onServer: start, onReady: (server) => library().instrumentMcpServer(server) })
}
