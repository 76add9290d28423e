// Records all series of a tool call that is over. What a tool, an outcome, a client and a revision lead to is found once.
import type { Context } from '@opentelemetry/api'
import { OTHER } from '../catalog/overflow.ts'
import type { Outcome } from '../outcome/outcome.ts'
import { instruments } from '../record/instruments.ts'
import { onLabelReset } from '../record/label-state.ts'
import type { BoundInstrument } from '../record/sink.ts'
import type { NetworkFacts } from './network.ts'
import type { Ending } from './operation.ts'
import { operationAttributes } from './operation.ts'

/** A call that is over, as series see it: all that are labels of them is bounded. */
export interface EndedCall {
  /** The tool's name, or `_OTHER`. */
  readonly target: string | undefined
  readonly outcome: Outcome | undefined
  readonly ending: Ending
  readonly revision: string | undefined
  readonly client: string | undefined
  readonly jsonRpcVersion: string | undefined
  readonly network: NetworkFacts
  readonly seconds: number
  /** Bytes, where they are known. */
  readonly toolCall:
    | { readonly argumentBytes: number | undefined; readonly resultBytes: number | undefined }
    | undefined
  /** Exemplars are taken from it. */
  readonly context: Context
}

class CallRows {
  readonly #status: string | undefined
  readonly #errorType: string | undefined
  readonly #endingType: string | undefined
  readonly #revision: string | undefined
  readonly #client: string | undefined
  readonly #transport: string | undefined
  readonly #protocol: string | undefined
  readonly #protocolVersion: string | undefined
  readonly #calls: BoundInstrument
  readonly #errors: BoundInstrument | undefined
  readonly #duration: BoundInstrument
  readonly #argumentSize: BoundInstrument
  readonly #resultSize: BoundInstrument
  readonly #operation: BoundInstrument
  readonly #requests: BoundInstrument

  constructor({ target = OTHER, outcome, ending, revision, client, network, jsonRpcVersion }: EndedCall) {
    this.#status = outcome?.status
    this.#errorType = outcome?.errorType
    this.#endingType = ending.errorType
    this.#revision = revision
    this.#client = client
    this.#transport = network.networkTransport
    this.#protocol = network.networkProtocol
    this.#protocolVersion = network.networkProtocolVersion
    const tool = { 'tool.name': target }
    this.#calls = instruments.toolCalls.bind({ ...tool, status: outcome?.status })
    this.#errors =
      outcome?.errorType === undefined
        ? undefined
        : instruments.toolErrors.bind({ ...tool, 'error.type': outcome.errorType })
    this.#duration = instruments.toolDuration.bind(tool)
    this.#argumentSize = instruments.requestSize.bind(tool)
    this.#resultSize = instruments.responseSize.bind(tool)
    const operation = { side: 'server', method: 'tools/call', target, network, jsonRpcVersion } as const
    this.#operation = instruments.serverOperationDuration.bind(
      operationAttributes(operation, ending, revision) as never,
    )
    this.#requests = instruments.clientRequests.bind({ 'client.name': client, 'protocol.version': revision ?? OTHER })
  }

  areOf({ outcome, ending, revision, client, network }: EndedCall): boolean {
    return (
      this.#status === outcome?.status &&
      this.#errorType === outcome?.errorType &&
      this.#endingType === ending.errorType &&
      this.#revision === revision &&
      this.#client === client &&
      this.#transport === network.networkTransport &&
      this.#protocol === network.networkProtocol &&
      this.#protocolVersion === network.networkProtocolVersion
    )
  }

  record({ seconds, toolCall, context: active }: EndedCall): void {
    this.#calls.record(1, active)
    this.#errors?.record(1, active)
    this.#duration.record(seconds, active)
    this.#operation.record(seconds, active)
    this.#requests.record(1, active)
    if (toolCall?.argumentBytes !== undefined) this.#argumentSize.record(toolCall.argumentBytes, active)
    if (toolCall?.resultBytes !== undefined) this.#resultSize.record(toolCall.resultBytes, active)
  }
}

/** Each fact is bounded, but not what they multiply to. */
const MAX_ROWS = 5_000

const byTool = new Map<string, CallRows[]>()
let size = 0
onLabelReset(() => {
  byTool.clear()
  size = 0
})

/** Records where `followMeterProvider` was told last. */
export function recordCall(call: EndedCall): void {
  rowsOf(call).record(call)
}

function rowsOf(call: EndedCall): CallRows {
  const { target = OTHER, ending, jsonRpcVersion } = call
  // A server's own code of an error has no bound.
  if (ending.rpcCode !== undefined || jsonRpcVersion !== undefined) return new CallRows(call)
  const known = byTool.get(target) ?? []
  for (let index = 0; index < known.length; index += 1) {
    const rows = known[index] as CallRows
    if (rows.areOf(call)) return rows
  }
  const rows = new CallRows(call)
  if (size >= MAX_ROWS) return rows
  size += 1
  byTool.set(target, [...known, rows])
  return rows
}
