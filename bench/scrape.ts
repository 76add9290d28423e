// Reads a /metrics and measures the time to its last byte, outside of the process that is scraped, so that only that one's own work
// makes it stand still.
import { get } from 'node:http'
import { gunzipSync } from 'node:zlib'

export interface Scrape {
  readonly milliseconds: number
  readonly bytes: number
  text(): string
}

const TIMEOUT_MS = 60_000

export function scrape(url: string, gzip: boolean): Promise<Scrape> {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    // As Prometheus says how long it waits.
    const headers = {
      'x-prometheus-scrape-timeout-seconds': String(TIMEOUT_MS / 1_000),
      ...(gzip && { 'accept-encoding': 'gzip' }),
    }
    const request = get(url, { headers, agent: false, timeout: TIMEOUT_MS }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const milliseconds = performance.now() - startedAt
        const body = Buffer.concat(pieces)
        if (response.statusCode !== 200) return reject(new Error(`${url}: ${response.statusCode} ${body}`))
        const zipped = response.headers['content-encoding'] === 'gzip'
        if (zipped !== gzip) return reject(new Error(`${url}: gzip was ${gzip ? 'not given' : 'not asked for'}`))
        resolve({ milliseconds, bytes: body.length, text: () => String(zipped ? gunzipSync(body) : body) })
      })
    })
    request.on('timeout', () => request.destroy(new Error(`${url} did not answer`)))
    request.on('error', reject)
  })
}

/** The sum of all samples with this name: how many calls or values were recorded, as the far end has it. */
export function sumOf(text: string, name: RegExp): { readonly samples: number; readonly sum: number } {
  let [samples, sum] = [0, 0]
  for (const line of text.split('\n')) {
    if (!name.test(line)) continue
    samples += 1
    sum += Number(
      line
        .slice(line.lastIndexOf('}') + 1)
        .trim()
        .split(' ', 1)[0],
    )
  }
  return { samples, sum }
}
