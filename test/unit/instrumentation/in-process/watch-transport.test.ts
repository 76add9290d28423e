import { describe, expect, it } from 'vitest'
import type { TransportLike } from '../../../../src/instrumentation/in-process/watch-transport.ts'
import { watchTransport } from '../../../../src/instrumentation/in-process/watch-transport.ts'
import type { Watcher } from '../../../../src/instrumentation/wire/watcher.ts'

type Handler = (message: unknown) => void

function watcher(): Watcher & { readonly seen: string[] } {
  const seen: string[] = []
  return {
    seen,
    received(message) {
      seen.push(`in ${message}`)
      return undefined
    },
    sending(message) {
      seen.push(`out ${message}`)
      return { message, run: (send) => send(), settled: (failed) => seen.push(failed ? 'failed' : 'sent') }
    },
    closed: () => void seen.push('closed'),
  }
}

function plainTransport() {
  return {
    onmessage: undefined as Handler | undefined,
    onclose: undefined as (() => void) | undefined,
    send: async (message: unknown) => {
      if (message === 'bad') throw new Error('no way out')
    },
  }
}
const watched = (transport: object) => transport as unknown as TransportLike

describe('watchTransport', () => {
  it('delivers and observes the messages of a transport that passes its handler to an inner transport', () => {
    const inner = plainTransport()
    class Facade {
      get onmessage() {
        return inner.onmessage
      }
      set onmessage(handler) {
        inner.onmessage = handler
      }
      onclose: (() => void) | undefined
      send = inner.send
    }
    const facade = new Facade()
    const watching = watcher()
    watchTransport(watched(facade), watching)
    const got: unknown[] = []

    facade.onmessage = (message: unknown) => got.push(message)
    inner.onmessage?.('hello')

    expect(got).toEqual(['hello'])
    expect(watching.seen).toEqual(['in hello'])
  })

  it('observes a message once, and calls every handler, when each handler calls the one before it', () => {
    const transport = plainTransport()
    const got: string[] = []
    transport.onmessage = (message) => got.push(`first ${message}`)
    const watching = watcher()
    watchTransport(watched(transport), watching)
    for (const name of ['second', 'third']) {
      const before = transport.onmessage as Handler | undefined
      transport.onmessage = (message) => {
        before?.(message)
        got.push(`${name} ${message}`)
      }
    }

    ;(transport.onmessage as Handler | undefined)?.('x')

    expect(got).toEqual(['first x', 'second x', 'third x'])
    expect(watching.seen).toEqual(['in x'])
  })

  it('observes each send once as sent or failed, and keeps the rejection', async () => {
    const transport = plainTransport()
    const watching = watcher()
    watchTransport(watched(transport), watching)

    await transport.send('good')
    await expect(transport.send('bad')).rejects.toThrow('no way out')

    expect(watching.seen).toEqual(['out good', 'sent', 'out bad', 'failed'])
  })

  it('notifies only the new watcher after the transport is connected again', () => {
    const transport = plainTransport()
    const [first, second] = [watcher(), watcher()]
    watchTransport(watched(transport), first)
    watchTransport(watched(transport), second)
    transport.onmessage = () => {}
    transport.onclose = () => {}

    ;(transport.onmessage as Handler | undefined)?.('x')
    ;(transport.onclose as (() => void) | undefined)?.()

    expect(first.seen).toEqual([])
    expect(second.seen).toEqual(['in x', 'closed'])
  })

  it('still delivers and sends messages when the watcher throws', async () => {
    const transport = plainTransport()
    const failing = () => {
      throw new Error('a bug of ours')
    }
    watchTransport(watched(transport), { received: failing, sending: failing, closed: failing })
    const got: unknown[] = []
    transport.onmessage = (message) => got.push(message)

    ;(transport.onmessage as Handler | undefined)?.('x')
    await transport.send('y')

    expect(got).toEqual(['x'])
  })
})
