// A server whose calls are messages alone: calls it as fast as it can when it is told to, or at a steady rate.
import { watchConnection } from '@mcp-vitals/instrumentation/wire'
import { startTelemetry } from '../../src/index.ts'
import { createServerParty } from '../../src/instrumentation/wire/server-party.ts'

const [name = 'bench', rate = '0'] = process.argv.slice(2)
const telemetry = await startTelemetry({ serviceName: name, metricsPort: 0 })
const watcher = watchConnection({ network: {} }, createServerParty({ name, version: '1' }, { tools: ['add'] }))

let id = 0
let made = 0
function call(): void {
  id += 1
  made += 1
  const params = { name: 'add', arguments: { a: id, b: 2 } }
  const isFailed = id % 50 === 0
  watcher.received({ jsonrpc: '2.0', id, method: 'tools/call', params })?.(() => {})
  const result = { content: [{ type: 'text', text: String(id + 2) }], ...(isFailed && { isError: true }) }
  watcher.sending({ jsonrpc: '2.0', id, result })?.settled(false)
}

if (Number(rate) > 0) {
  const startedAt = performance.now()
  setInterval(() => {
    const due = ((performance.now() - startedAt) / 1_000) * Number(rate)
    // What cannot be made in time is left out: the rate that was reached is reported.
    for (let more = Math.min(due - made, Number(rate)); more >= 1; more -= 1) call()
  }, 10)
}

process.on('message', async (calls: number) => {
  if (calls === 0) return process.send?.({ made })
  const cpu = process.cpuUsage()
  for (let left = calls; left > 0; left -= 1) {
    call()
    // The page's collection gets its turns.
    if (left % 200 === 0) await new Promise(setImmediate)
  }
  const { user, system } = process.cpuUsage(cpu)
  process.send?.({ made, microseconds: (user + system) / calls })
})
process.once('disconnect', () => process.exit())
process.send?.({ made, pageUrl: telemetry.pageUrl })
