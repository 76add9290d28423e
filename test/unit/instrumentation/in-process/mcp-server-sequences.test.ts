// Tests random sequences of connect, attach, detach, close and messages: an instrumented server does what its bare twin does.
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instrumentMcpServer } from '../../../../src/index.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'

/** How many sequences: each takes a fraction of a millisecond, and more with spans. */
const SEQUENCES = 10_000
const TRACED_SEQUENCES = 2_000

type Message = Parameters<NonNullable<Transport['onmessage']>>[0]
type OnMessage = NonNullable<Transport['onmessage']>

/** Keeps what was sent; its callbacks are plain, behind accessors, behind setters alone, or it cannot be changed. */
function createTransport(shape: Shape, sent: unknown[]): Transport {
  const held: { onmessage?: OnMessage; onclose?: () => void; onerror?: (error: Error) => void } = {}
  const methods = {
    async start() {},
    async send(message: unknown) {
      sent.push(message)
    },
    async close() {
      held.onclose?.()
    },
  }
  if (shape === 'plain') return Object.assign(held, methods)
  const accessors = (name: 'onmessage' | 'onclose' | 'onerror') => ({
    configurable: shape !== 'frozen',
    ...(shape !== 'setter' && { get: () => held[name] }),
    set: (given: never) => {
      held[name] = given
    },
  })
  const transport = Object.defineProperties(
    { ...methods, deliver: (message: Message) => held.onmessage?.(message) },
    { onmessage: accessors('onmessage'), onclose: accessors('onclose'), onerror: accessors('onerror') },
  )
  return (shape === 'frozen' ? Object.freeze(transport) : transport) as unknown as Transport
}

const SHAPES = ['plain', 'accessors', 'setter', 'frozen'] as const
type Shape = (typeof SHAPES)[number]

interface Step {
  readonly do: 'connect' | 'instrument' | 'close' | 'close transport' | 'detach' | 'receive'
  /** Of a transport to connect. */
  readonly shape?: Shape
  /** To receive. */
  readonly message?: unknown
}

const call = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0', 'x')),
  method: fc.constantFrom('tools/call', 'ping', 'initialize', 'no/such'),
  params: fc.option(fc.record({ name: fc.constantFrom('ok', 'throws', 'x'), _meta: fc.anything() }), {
    nil: undefined,
  }),
})
const message = fc.oneof(
  { weight: 4, arbitrary: call },
  fc.record({
    jsonrpc: fc.constant('2.0'),
    method: fc.constantFrom('notifications/cancelled', 'notifications/x'),
    params: fc.record({ requestId: fc.integer({ min: 0, max: 3 }) }),
  }),
  fc.record({ jsonrpc: fc.constant('2.0'), id: fc.integer({ min: 0, max: 3 }), result: fc.constant({}) }),
  fc.anything(),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('connect' as const), shape: fc.constantFrom(...SHAPES) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('instrument' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'close transport' as const, 'detach' as const) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('receive' as const), message }) },
)

/** Runs the steps; returns what each threw, and what the server sent. */
async function run(steps: readonly Step[], instrumented: boolean): Promise<unknown[]> {
  const server = new Server({ name: 'sequence', version: '1' }, { capabilities: { tools: {} } })
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    if (params.name === 'throws') throw new RangeError('thrown by the tool')
    return { content: [] }
  })
  const seen: unknown[] = []
  const sent: unknown[] = []
  server.onerror = (error) => void seen.push(`onerror: ${error.message}`)
  let transport: Transport | undefined
  for (const each of steps) {
    try {
      if (each.do === 'instrument') {
        if (instrumented) instrumentMcpServer(server)
      } else if (each.do === 'connect') {
        transport = createTransport(each.shape ?? 'plain', sent)
        await server.connect(transport)
      } else if (each.do === 'close') await server.close()
      else if (each.do === 'close transport') await transport?.close()
      else if (each.do === 'detach') {
        if (transport !== undefined) (transport as { onmessage?: unknown }).onmessage = undefined
      } else {
        const deliver = (transport as { deliver?: (given: unknown) => void } | undefined)?.deliver
        if (deliver === undefined) transport?.onmessage?.(each.message as never)
        else deliver(each.message)
      }
    } catch (error) {
      seen.push(`${each.do}: ${(error as Error).message}`)
    }
    await Promise.resolve()
  }
  await server.close()
  // Answers under way.
  await new Promise((resolve) => setImmediate(resolve))
  return [...seen, ...sent]
}

describe('instrumentMcpServer, in any order of connect, attach, detach, close and messages,', () => {
  it('throws nothing into the server, and the server answers as its bare twin does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12, size: 'max' }), async (steps) => {
        expect(await run(steps, true)).toEqual(await run(steps, false))
      }),
      { numRuns: SEQUENCES },
    )
  }, 120_000)

  it('throws nothing and changes no answer with a tracer and propagators registered', async () => {
    const spans = recordSpans()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12, size: 'max' }), async (steps) => {
        expect(await run(steps, true)).toEqual(await run(steps, false))
      }),
      { numRuns: TRACED_SEQUENCES },
    )
    // Few sequences attach and connect before the first message.
    expect(spans.all().length).toBeGreaterThan(TRACED_SEQUENCES / 10)
  }, 120_000)
})
