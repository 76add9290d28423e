// Measures the CPU time that the server spends on messages of several kinds, in rounds, so that kinds can be compared under any load.
import { mcpOverHttp, toolCall } from './mcp-over-http.ts'
import { startServed } from './served.ts'

export type Kind = 'ping' | 'tools/list' | 'hello_world' | 'list_pods' | 'many values' | 'too many values'

/** Milliseconds of CPU time for one message of each kind, one row for each round. */
export type Rounds = readonly Readonly<Record<Kind, number>>[]

const CONNECTIONS = 4
const LARGE = 8
const LARGE_BYTES = 3_900_000

/** `messages` of each kind in each round; of the large ones, eight. */
export async function measureMessages(rounds: number, messages: number): Promise<Rounds> {
  const server = await startServed(['--rate-limit', '0', '--max-message-bytes', '4194304'])
  const client = mcpOverHttp(server.url, undefined, CONNECTIONS)
  let id = 0
  const request = (method: string) => JSON.stringify({ jsonrpc: '2.0', id: ++id, method })
  // A key and its value count as two values; the bound is 10,000.
  const [many, tooMany] = [ping(4_980), ping(300_000)]
  const kinds: Readonly<Record<Kind, { status: number; count: number; body(): string }>> = {
    ping: { status: 200, count: messages, body: () => request('ping') },
    'tools/list': { status: 200, count: messages, body: () => request('tools/list') },
    hello_world: { status: 200, count: messages, body: () => toolCall(++id, 'hello_world', { name: 'Ada' }) },
    list_pods: { status: 200, count: messages, body: () => toolCall(++id, 'list_pods', { namespace: 'shop' }) },
    'many values': { status: 200, count: LARGE, body: () => many(++id) },
    'too many values': { status: 413, count: LARGE, body: () => tooMany(++id) },
  }
  const session = await client.open()
  const measure = async ({ status, count, body }: (typeof kinds)[Kind]) => {
    const bodies = Array.from({ length: count }, body)
    const before = server.cpuSeconds()
    const worker = async () => {
      for (let next = bodies.pop(); next !== undefined; next = bodies.pop()) {
        const answer = await client.post(next, session)
        if (answer.status !== status) throw new Error(`${answer.status} ${answer.text.slice(0, 200)}`)
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, worker))
    return ((server.cpuSeconds() - before) / count) * 1_000
  }
  const round = async () => {
    const measured: [string, number][] = []
    for (const [kind, sent] of Object.entries(kinds)) measured.push([kind, await measure(sent)])
    return Object.fromEntries(measured) as Record<Kind, number>
  }
  try {
    // V8 compiles what runs often.
    await round()
    const measured: Record<Kind, number>[] = []
    for (let turn = 0; turn < rounds; turn++) measured.push(await round())
    return measured
  } finally {
    client.close()
    await server.stop()
  }
}

/** A request with so many members in its `_meta`, of about 4 MB together. */
function ping(members: number): (id: number) => string {
  const filler = 'x'.repeat(Math.max(0, Math.floor(LARGE_BYTES / members) - 11))
  const meta = Array.from({ length: members }, (_, at) => `"k${at}":"${filler}"`).join()
  return (id) => `{"jsonrpc":"2.0","id":${id},"method":"ping","params":{"_meta":{${meta}}}}`
}
