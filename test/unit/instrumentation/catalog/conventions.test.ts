import type { Attributes } from '@opentelemetry/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { ATTRIBUTES } from '../../../../src/instrumentation/catalog/attributes.ts'
import type { ConventionAttribute, Emitted } from '../../../../src/instrumentation/catalog/conventions.ts'
import { CONVENTION_ATTRIBUTES, CONVENTION_METRIC_NAMES } from '../../../../src/instrumentation/catalog/conventions.ts'
import type { MetricDefinition } from '../../../../src/instrumentation/catalog/metric-definition.ts'
import { METRICS } from '../../../../src/instrumentation/catalog/metrics.ts'
import { resetLabels } from '../../../../src/instrumentation/record/label-state.ts'
import { watchConnection } from '../../../../src/instrumentation/wire/connection.ts'
import { settingsOf } from '../../../../src/instrumentation/wire/instrument-options.ts'
import type { NetworkFacts } from '../../../../src/instrumentation/wire/network.ts'
import type { Captured } from '../../../../src/instrumentation/wire/operation-span.ts'
import type { Party } from '../../../../src/instrumentation/wire/party.ts'
import type { RecordedSpans } from '../../../support/telemetry/recorded-spans.ts'
import { recordSpans } from '../../../support/telemetry/recorded-spans.ts'
import type { TouchedInstruments } from '../../../support/telemetry/touched-instruments.ts'
import { noteInstruments } from '../../../support/telemetry/touched-instruments.ts'

const ALL: readonly Captured[] = [
  'arguments',
  'result',
  'error_message',
  'session_id',
  'resource_uri',
  'prompt_variables',
]
const NETWORK: NetworkFacts = {
  networkTransport: 'tcp',
  networkProtocol: 'http',
  networkProtocolVersion: '1.1',
  serverAddress: 'mcp.example',
  serverPort: 443,
}

let spans: RecordedSpans
let touched: TouchedInstruments
beforeEach(() => {
  resetLabels()
  touched = noteInstruments()
  spans = recordSpans()
})

/** One session with everything that has an attribute, as a server or a client sees it. */
function useAll(kind: Party['kind'], capture: readonly Captured[]): void {
  const party: Party = { kind, settings: settingsOf({ capture }), label: (_, name) => name, listed() {} }
  const watcher = watchConnection({ network: NETWORK, sessionId: () => 'the session' }, party)
  let id = 0
  const ask = (method: string, params: object, answer: object = { result: {} }, jsonrpc = '2.0') => {
    id += 1
    const request = { jsonrpc, id, method, params }
    const response = { jsonrpc: '2.0', id, ...answer }
    if (kind === 'server') {
      watcher.received(request)?.(() => {})
      watcher.sending(response)?.settled(false)
    } else {
      watcher.sending(request)?.settled(false)
      watcher.received(response)
    }
  }
  ask('initialize', { protocolVersion: '2025-11-25' }, { result: { protocolVersion: '2025-11-25' } })
  ask('tools/call', { name: 'add', arguments: { a: 1 } }, { result: { content: [], isError: true } })
  ask('prompts/get', { name: 'greet', arguments: { who: 'Ada', formal: true } })
  ask('resources/read', { uri: 'file:///a' }, { error: { code: -32_603, message: 'broken' } })
  ask('ping', {}, { result: {} }, '1.0')
  watcher.sending({ jsonrpc: '2.0', id: 'open', method: 'ping' })?.settled(false)
  watcher.closed()
}

const keysOf = (all: readonly Attributes[]) =>
  [
    ...new Set(
      all.flatMap((attributes) =>
        Object.keys(attributes).map((key) => key.replace(/^(gen_ai\.prompt\.variable)\..*/, '$1')),
      ),
    ),
  ].sort()
const named = (emitted: (attribute: ConventionAttribute) => readonly Emitted[], ...wanted: Emitted[]) =>
  CONVENTION_ATTRIBUTES.filter((attribute) => emitted(attribute).some((one) => wanted.includes(one)))
    .map(({ key }) => key)
    .sort()

describe('CONVENTION_ATTRIBUTES', () => {
  it.each([
    { title: 'nothing is captured', capture: [], wanted: ['yes'] as const },
    { title: 'all is captured', capture: ALL, wanted: ['yes', 'choice'] as const },
  ])('says which attributes spans have when $title', ({ capture, wanted }) => {
    for (const kind of ['server', 'client'] as const) useAll(kind, capture)

    expect(keysOf(spans.all().map(({ attributes }) => attributes))).toEqual(named(({ spans }) => [spans], ...wanted))
  })

  it('says which attributes the metrics of operations and sessions have', () => {
    for (const kind of ['server', 'client'] as const) useAll(kind, ALL)

    const recorded = (what: string) =>
      keysOf(['server', 'client'].flatMap((kind) => touched.attributesOf(`mcp.${kind}.${what}.duration`)))
    expect(recorded('operation')).toEqual(named(({ metrics }) => [metrics], 'yes'))
    expect(recorded('session')).toEqual(named(({ sessions }) => [sessions], 'yes'))
  })

  it('has every attribute that the catalog marks as one of the conventions for MCP', () => {
    const metrics: readonly MetricDefinition[] = Object.values(METRICS)
    const used = metrics
      .filter(({ name }) => /^mcp\.(server|client)\.(operation|session)\.duration$/.test(name))
      .flatMap(({ attributes }) => attributes.map((attribute) => ATTRIBUTES[attribute].key))
    const known = CONVENTION_ATTRIBUTES.map(({ key }) => key as string)
    expect([...new Set<string>(used)].filter((key) => !known.includes(key))).toEqual([])
  })

  it('says which metrics of the release the catalog has', () => {
    const names: readonly string[] = Object.values(METRICS).map(({ name }) => name)
    for (const { name, isEmitted } of CONVENTION_METRIC_NAMES) expect(names.includes(name), name).toBe(isEmitted)
  })
})

describe('prompt_variables', () => {
  it('puts at most 32 arguments of a prompt on its span, with names of at most 100 characters', () => {
    const party: Party = {
      kind: 'server',
      settings: settingsOf({ capture: ['prompt_variables'] }),
      label: (_, name) => name,
      listed() {},
    }
    const watcher = watchConnection({ network: {} }, party)
    const given = {
      ['long'.repeat(50)]: 'x',
      n: 7,
      ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`v${i}`, 'x'])),
    }
    watcher.received({ jsonrpc: '2.0', id: 1, method: 'prompts/get', params: { name: 'greet', arguments: given } })
    watcher.sending({ jsonrpc: '2.0', id: 1, result: { messages: [] } })?.settled(false)

    const { attributes } = spans.named('prompts/get greet')
    const variables = Object.keys(attributes).filter((key) => key.startsWith('gen_ai.prompt.variable.'))
    expect(variables).toHaveLength(32)
    expect(attributes['gen_ai.prompt.variable.n']).toBe('7')
    expect(Math.max(...variables.map(({ length }) => length))).toBe('gen_ai.prompt.variable.'.length + 100)
  })
})
