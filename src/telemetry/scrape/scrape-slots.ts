// Answers under way in, room for one more out. A reader that does not read keeps what is written for it in memory; so few
// are served at once, and one that stands still makes way for the next.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** An answer under way. */
export interface ScrapeSlot {
  /** Aborted when the reader has gone, or is cut off. */
  readonly signal: AbortSignal
  /** The reader took what was there. */
  progressed(): void
  /** Cuts the reader off. */
  cut(): void
  /** Gives the room back. */
  release(): void
}

interface SlotLimits {
  /** Answers at once; on one connection there is one. */
  readonly maxInFlight: number
  /** Milliseconds without progress after which an answer makes way for a new one, if there is no room. */
  readonly stallMs: number
}

interface ScrapeSlots {
  /** Undefined if there is no room. */
  take(request: IncomingMessage, response: ServerResponse): ScrapeSlot | undefined
}

export function createScrapeSlots({ maxInFlight, stallMs }: SlotLimits): ScrapeSlots {
  /** When each last made progress; `Infinity` before it is written: no reader is to blame for a slow collection. */
  const taken = new Map<ScrapeSlot, number>()
  const busy = new WeakMap<Socket, ScrapeSlot>()

  return {
    take(request, response) {
      const { socket } = request
      // Pipelined: an answer has to wait for those before it, and would wait here, written.
      if (busy.has(socket)) return undefined
      if (taken.size >= maxInFlight && !evict()) return undefined

      const aborter = new AbortController()
      // Not left to who writes: on Node 22 an answer that waits for another of its connection never hears of its end.
      const abort = () => {
        aborter.abort()
        slot.release()
      }
      const leave = () => busy.get(socket) === slot && busy.delete(socket)
      const slot: ScrapeSlot = {
        signal: aborter.signal,
        progressed: () => taken.has(slot) && taken.set(slot, performance.now()),
        cut() {
          abort()
          response.destroy()
        },
        release() {
          taken.delete(slot)
          leave()
          socket.off('close', abort)
        },
      }
      socket.once('close', abort)
      response.once('close', leave)
      busy.set(socket, slot)
      taken.set(slot, Number.POSITIVE_INFINITY)
      return slot
    },
  }

  function evict(): boolean {
    const [slot, since] = [...taken].reduce((oldest, next) => (next[1] < oldest[1] ? next : oldest))
    if (performance.now() - since < stallMs) return false
    slot.cut()
    return true
  }
}
