// Troubles that the simulated API server can be told to have, for whoever has to live with a real one.
import { once } from 'node:events'
import { StatusError } from '../../../src/server/simulated/status-error.js'
export function createFaults() {
  let faults = []
  return {
    add(fault) {
      faults.push({ fault, left: fault.times ?? Number.POSITIVE_INFINITY })
    },
    clear() {
      faults = []
    },
    async befall(operation, response) {
      const found = faults.find(({ fault, left }) => left > 0 && (fault.on?.(operation) ?? true))
      if (found === undefined) return false
      found.left -= 1
      return suffer(found.fault.trouble, response)
    },
  }
}
async function suffer(trouble, response) {
  switch (trouble.kind) {
    case 'refuse':
      refuse(trouble, response)
      return true
    case 'silent':
      return true
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, trouble.milliseconds).unref())
      return response.destroyed
    case 'half closed':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' })
      response.write('{"kind":"PodList","items":[', () => response.destroy())
      return true
    case 'stuck':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' })
      response.write('{"kind":"PodList","items":[')
      return true
    case 'huge':
      await writeHuge(trouble.bytes, response)
      return true
    case 'not the API':
      response.writeHead(200, { 'content-type': 'text/html' }).end(trouble.body)
      return true
  }
}
function refuse({ reason, retryAfter, message }, response) {
  const error = new StatusError(reason, message ?? `the server was told to answer ${reason}`, {
    ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
  })
  response.writeHead(error.code, {
    'content-type': 'application/json',
    ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
  })
  response.end(JSON.stringify(error.body))
}
async function writeHuge(bytes, response) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write(
    '{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"huge","annotations":{"x":"',
  )
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const chunk = Buffer.alloc(65_536, 'x')
  for (let sent = 0; sent < bytes && !response.destroyed; sent += chunk.length) {
    if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => {})
  }
  response.end('"}}}]}')
}
