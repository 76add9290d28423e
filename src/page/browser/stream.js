// @ts-check
// The stream of events from the server: connects again when it ends, and says what is wrong in the meantime.

/**
 * @typedef {object} StreamHandlers
 * @property {(event: string, data: any) => void} onEvent
 * @property {(problem: { kind: 'lost' | 'refused' | 'full', text: string }) => void} onProblem
 */

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 5_000
/** The server sends something every second. */
const SILENCE_MS = 6_000

/** @param {() => string} server The server to look at; empty for the first. @param {StreamHandlers} handlers */
export function connect(server, { onEvent, onProblem }) {
  let wait = FIRST_WAIT_MS
  let abort = new AbortController()
  let isRestarting = false

  const read = async () => {
    abort = new AbortController()
    const query = server() === '' ? '' : `?server=${encodeURIComponent(server())}`
    const response = await fetch(`/page/stream${query}`, { signal: abort.signal, cache: 'no-store' })
    if (response.status === 401 || response.status === 403)
      return onProblem({ kind: 'refused', text: await response.text() })
    if (response.status === 503) return onProblem({ kind: 'full', text: await response.text() })
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
    let silence = setTimeout(() => abort.abort(), SILENCE_MS)
    let rest = ''
    for await (const text of chunks(response.body)) {
      clearTimeout(silence)
      silence = setTimeout(() => abort.abort(), SILENCE_MS)
      rest += text
      const messages = rest.split('\n\n')
      rest = messages.pop() ?? ''
      for (const message of messages) {
        wait = FIRST_WAIT_MS
        const [, event = '', data = '{}'] = /^event: (\w+)\ndata: (.*)$/s.exec(message) ?? []
        onEvent(event, JSON.parse(data))
      }
    }
    clearTimeout(silence)
    throw new Error('the stream ended')
  }
  const run = async () => {
    for (;;) {
      try {
        await read()
      } catch {
        if (!isRestarting) onProblem({ kind: 'lost', text: 'The server does not answer.' })
      }
      if (isRestarting) {
        isRestarting = false
        continue
      }
      await new Promise((resolve) => setTimeout(resolve, wait))
      wait = Math.min(wait * 2, LONGEST_WAIT_MS)
    }
  }
  void run()
  return {
    /** Connects again, for another server. */
    restart() {
      isRestarting = true
      abort.abort()
    },
  }
}

/** @param {ReadableStream<Uint8Array>} body */
async function* chunks(body) {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    yield decoder.decode(value, { stream: true })
  }
}
