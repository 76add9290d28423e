// Shows the messages of a wrapped server to the wire, and counts what is not a message.
import { instruments } from '@mcp-vitals/instrumentation'
import type { Watcher } from '@mcp-vitals/instrumentation/wire'
import { guarded, isRecord, messageKind, observedAt, observedNow } from '@mcp-vitals/instrumentation/wire'
import type { Line } from './message-lines.ts'
import type { OwnList } from './own-list.ts'
import type { WrappedServer } from './wrapped-server.ts'
import { PassedArguments } from './wrapped-server.ts'

export interface Observer {
  /** A line of the client has passed. */
  fromClient(line: Line): void
  /** A line of the server has passed. */
  fromServer(line: Line): void
  /** The list of tools was answered: what waited for it is shown. */
  catchUp(): void
  /** The server's output has ended. */
  closed(): void
}

interface ObserverOptions {
  readonly watcher: Watcher
  readonly server: WrappedServer
  readonly list: Pick<OwnList, 'isWaiting'>
  /** When the server was started, of `performance.now()`. */
  readonly startedAt: number
}

/** Answers to calls wait this long for the list of tools, so that they count under their tool's name. */
const MAX_WAIT_MS = 1_000
const MAX_WAITING = 16

export function createObserver({ watcher, server, list, startedAt }: ObserverOptions): Observer {
  let hasAnswered = false
  let waiting: { readonly line: Line; readonly at: number }[] = []
  let timer: NodeJS.Timeout | undefined

  const received = (message: unknown, argumentBytes: number | undefined) => {
    const deliver = watcher.received(message, argumentBytes === undefined ? undefined : { argumentBytes })
    deliver?.(() => {})
  }
  const sent = (message: unknown, resultBytes: number | undefined) => {
    server.judging(message)
    watcher.sending(message, resultBytes === undefined ? undefined : { resultBytes })?.settled(false)
  }
  const show = ({ message, scanned }: Line) => {
    const messages = Array.isArray(message) ? message : [message]
    const isProtocol = messages.length > 0 && messages.every((each) => messageKind(each) !== undefined)
    if (!isProtocol) {
      instruments.strayLines.record(1)
      return
    }
    if (!hasAnswered) {
      hasAnswered = true
      instruments.serverStartup.record((observedNow() - startedAt) / 1000)
    }
    for (const each of messages) sent(each, scanned?.resultBytes)
  }
  const showWaiting = () => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = []
    for (const { line, at } of lines) observedAt(at, () => guarded(() => show(line)))
  }

  return {
    fromClient({ message, scanned, read }) {
      guarded(() => {
        if (scanned?.argumentBytes !== undefined && isRecord(scanned.message['params'])) {
          scanned.message['params']['arguments'] = new PassedArguments(read)
        }
        for (const each of Array.isArray(message) ? message : [message]) received(each, scanned?.argumentBytes)
      })
    },
    fromServer(line) {
      if (waiting.length > 0 && !list.isWaiting) showWaiting()
      if (!list.isWaiting) {
        guarded(() => show(line))
        return
      }
      waiting.push({ line, at: observedNow() })
      if (waiting.length >= MAX_WAITING) showWaiting()
      else timer ??= setTimeout(showWaiting, MAX_WAIT_MS).unref()
    },
    catchUp() {
      if (!list.isWaiting) showWaiting()
    },
    closed() {
      showWaiting()
      guarded(() => watcher.closed())
    },
  }
}
