import * as sdk from '@modelcontextprotocol/sdk/types.js'
import { beforeEach, describe, expect, it } from 'vitest'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import type { Presence, ProtocolMessage, Revision } from '../../../../src/instrumentation/catalog/protocol-messages.ts'
import { PROTOCOL_MESSAGES } from '../../../../src/instrumentation/catalog/protocol-messages.ts'
import { LISTEN } from '../../../../src/instrumentation/catalog/protocol-values.ts'
import { followMeterProvider } from '../../../../src/instrumentation/record/instruments.ts'
import { resetLabels } from '../../../../src/instrumentation/record/label-state.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import { settingsOf } from '../../../../src/instrumentation/wire/instrument-options.ts'
import type { Party } from '../../../../src/instrumentation/wire/party.ts'
import { createServerParty } from '../../../../src/instrumentation/wire/server-party.ts'
import type { Exchange, Exercise } from '../../../support/servers/message-exercises.ts'
import { EXERCISES } from '../../../support/servers/message-exercises.ts'
import type { TouchedInstruments } from '../../../support/telemetry/touched-instruments.ts'
import { noteInstruments } from '../../../support/telemetry/touched-instruments.ts'

type Sent = Exchange &
  Pick<ProtocolMessage, 'method' | 'from'> & { readonly kind?: ProtocolMessage['kind']; readonly id?: string }

const CASES = PROTOCOL_MESSAGES.flatMap((message) =>
  (Object.entries(message.in) as [Revision, Presence][]).map(([revision, presence]) => ({
    ...message,
    revision,
    presence,
    exercise:
      EXERCISES[`${message.from} ${message.method} ${revision}`] ?? EXERCISES[`${message.from} ${message.method}`],
  })),
)

let touched: TouchedInstruments
beforeEach(() => {
  resetLabels()
  touched = noteInstruments()
  followMeterProvider()
})

/** A connection as `party` sees it; each revision says in its way which one it is. */
function connect(party: Party, revision: Revision) {
  const watcher = watchConnection({ network: {} }, party)
  let next = 0
  const pass = (isReceived: boolean, message: object) => {
    if (isReceived) watcher.received(message)?.(() => {})
    else watcher.sending(message)?.settled(false)
  }
  const send = ({ method, from, kind = 'request', params = {}, result = {}, isOpen, id }: Sent) => {
    const isReceived = (from === 'client') === (party.kind === 'server')
    const meta = { _meta: { 'io.modelcontextprotocol/protocolVersion': revision } }
    const message = { jsonrpc: '2.0', method, params: revision === '2026-07-28' ? { ...params, ...meta } : params }
    if (kind === 'notification') return pass(isReceived, message)
    next += 1
    pass(isReceived, { ...message, id: id ?? next })
    if (isOpen !== true) pass(!isReceived, { jsonrpc: '2.0', id: id ?? next, result })
  }
  const greet = revision === '2025-11-25' ? 'client initialize' : 'client server/discover'
  return {
    send,
    greet: () => send({ ...exchangeOf(greet), method: greet.slice('client '.length), from: 'client' }),
    watcher,
  }
}

function exchangeOf(name: string): Exchange {
  return EXERCISES[name]?.exchanges[0] ?? {}
}

function run(party: Party, { method, from, kind, revision }: (typeof CASES)[number], exercise: Exercise) {
  const { send, greet, watcher } = connect(party, revision)
  if (method !== 'initialize' && method !== 'server/discover') greet()
  for (const each of exercise.before ?? []) send(each)
  touched.clear()
  for (const exchange of exercise.exchanges) send({ ...exchange, method, from, kind })
  if (exercise.closes) watcher.closed()
}

const server = (name: string) => createServerParty({ name, version: '1' }, { tools: ['build'] })
const client: Party = { kind: 'client', settings: settingsOf({}), label: (_, name) => name, listed() {} }
const nameOf = (metric: string) => METRICS[metric as keyof typeof METRICS].name

describe('PROTOCOL_MESSAGES', () => {
  it('has an exercise for each message, and none for others', () => {
    expect(
      CASES.filter(({ exercise }) => exercise === undefined).map(({ from, method }) => `${from} ${method}`),
    ).toEqual([])
    const used = new Set(CASES.map(({ exercise }) => exercise))
    expect(Object.keys(EXERCISES).filter((name) => !used.has(EXERCISES[name]))).toEqual([])
  })

  it.each(CASES.filter(({ presence }) => presence !== 'in a result'))(
    'says what a server records of the $kind $method of the $from in $revision',
    (message) => {
      const { method, from, kind, records, revision, exercise } = message

      run(server(`${from} ${method} ${revision}`), message, exercise as Exercise)

      const duration = nameOf(from === 'client' ? 'serverOperationDuration' : 'clientOperationDuration')
      const expected = [
        ...(method === LISTEN ? [] : [duration]),
        ...(from === 'client' && kind === 'request' ? [nameOf('clientRequests')] : []),
        ...records.map(nameOf),
      ]
      expect(touched.names()).toEqual([...new Set(expected)].sort())
      if (method === LISTEN) return
      expect(touched.attributesOf(duration)).toContainEqual(
        expect.objectContaining({ 'mcp.method.name': method, 'mcp.protocol.version': revision }),
      )
    },
  )

  it.each(CASES.filter(({ presence, method }) => presence !== 'in a result' && method !== LISTEN))(
    'has a duration that a client records of the $kind $method of the $from in $revision',
    (message) => {
      const { method, from, revision, exercise } = message

      run(client, message, exercise as Exercise)

      const duration = nameOf(from === 'client' ? 'clientOperationDuration' : 'serverOperationDuration')
      expect(touched.attributesOf(duration)).toContainEqual(
        expect.objectContaining({ 'mcp.method.name': method, 'mcp.protocol.version': revision }),
      )
    },
  )

  it.each(CASES.filter(({ presence }) => presence === 'in a result'))(
    'says that $method within a result in $revision makes its call input_required, and is no message',
    ({ method, revision }) => {
      const { send, greet } = connect(server(`asks ${method}`), revision)
      greet()
      touched.clear()

      const asked = { resultType: 'input_required', inputRequests: { one: { method, params: {} } } }
      send({ from: 'client', method: 'tools/call', params: { name: 'build', arguments: {} }, result: asked })

      expect(touched.attributesOf(nameOf('toolCalls'))).toEqual([{ 'tool.name': 'build', status: 'input_required' }])
      expect(touched.attributesOf(nameOf('clientOperationDuration'))).toEqual([])
    },
  )

  it('has the messages of 2025-11-25 that the SDK knows, by sender, and no others', () => {
    const known = (...unions: { options: readonly { shape: { method: { value: string } } }[] }[]) =>
      unions.flatMap(({ options }) => options.map(({ shape }) => shape.method.value)).sort()
    const listed = (from: ProtocolMessage['from']) =>
      PROTOCOL_MESSAGES.filter((message) => message.from === from && message.in['2025-11-25'] === 'core')
        .map(({ method }) => method)
        .sort()

    expect(listed('client')).toEqual(known(sdk.ClientRequestSchema as never, sdk.ClientNotificationSchema as never))
    expect(listed('server')).toEqual(known(sdk.ServerRequestSchema as never, sdk.ServerNotificationSchema as never))
  })
})
