// Tries the versions of the MCP SDKs: what is counted for each way in which a call can end.
import type { Cell, MatrixCase } from '../matrix-case.ts'
import { CaseFailure } from '../matrix-case.ts'
import { tryCalls } from '../run-server.ts'
import type { Sdk, TriedCall } from '../server-program.ts'
import { ALL_CALLS, serverProgram } from '../server-program.ts'

interface SdkVersion {
  readonly row: string
  readonly sdk: Sdk
  readonly range: string
  readonly zod: string
}

const VERSIONS: readonly SdkVersion[] = [
  { row: 'v1, 1.0', sdk: 'v1 handlers', range: '~1.0.0', zod: '3' },
  { row: 'v1, 1.10', sdk: 'v1 tool', range: '~1.10.0', zod: '3' },
  { row: 'v1, 1.20', sdk: 'v1 registerTool', range: '~1.20.0', zod: '3' },
  { row: 'v1, 1.23', sdk: 'v1 registerTool', range: '~1.23.0', zod: '4' },
  { row: 'v1, newest', sdk: 'v1 registerTool', range: '1', zod: '4' },
  { row: 'v2, 2.0', sdk: 'v2', range: '~2.0.0', zod: '4' },
  { row: 'v2, newest', sdk: 'v2', range: '2', zod: '4' },
]

export const sdkCases: readonly MatrixCase[] = VERSIONS.map(({ row, sdk, range, zod }) => {
  const calls = ALL_CALLS.map((call) => (sdk === 'v1 handlers' ? judgedByReply(call) : call))
  const names =
    sdk === 'v2' ? ['@modelcontextprotocol/server', '@modelcontextprotocol/client'] : ['@modelcontextprotocol/sdk']
  return {
    group: 'sdks',
    row,
    columns: calls.map(({ what }) => what),
    async run(bench) {
      const dependencies = { ...bench.library, ...Object.fromEntries(names.map((name) => [name, range])), zod }
      const project = await bench.project({ name: `sdk-${row.replaceAll(/\W+/g, '-')}`, dependencies })
      project.write('ESM', 'server.js', serverProgram(sdk, 'ESM', calls))
      const options = { cwd: project.folderOf('ESM') }
      const version = project.versionOf(String(names[0]))
      try {
        const cells = await tryCalls(bench, { command: process.execPath, args: ['server.js'], options, calls })
        return { version, cells }
      } catch (error) {
        if (!(error instanceof CaseFailure)) throw error
        const cell: Cell = { result: 'fails', line: error.message }
        return { version, cells: Object.fromEntries(calls.map(({ what }) => [what, cell])) }
      }
    },
  }
})

/** What the handlers of a low-level server throw is seen in the reply only: a JSON-RPC error with the code -32603. */
function judgedByReply(call: TriedCall): TriedCall {
  return ['missing', 'broken'].includes(call.tool) ? { ...call, expected: 'internal_error' } : call
}
