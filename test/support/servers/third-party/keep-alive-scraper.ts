// Scrapes /metrics each second over one connection that stays open, as Prometheus does.
import { Agent, get } from 'node:http'
import { parseSamples } from '../../telemetry/recorded-series.ts'

export interface KeepAliveScraper {
  /** Scrapes now, after any scrape that is under way. */
  scrape(): Promise<ReadonlyMap<string, number>>
  /** How many scrapes were answered. */
  readonly scrapes: number
  /** Connections that were opened. */
  readonly connections: number
  stop(): void
}

const INTERVAL_MS = 1_000

export function startScraper(url: string): KeepAliveScraper {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const sockets = new Set<unknown>()
  let scrapes = 0
  const scrape = () =>
    new Promise<ReadonlyMap<string, number>>((resolve, reject) => {
      const request = get(url, { agent, timeout: 10_000 }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece
        })
        response.once('error', reject)
        response.once('end', () => {
          if (response.statusCode !== 200) return reject(new Error(`/metrics answered ${response.statusCode}: ${text}`))
          scrapes += 1
          resolve(parseSamples(text))
        })
      })
      request.once('socket', (socket) => sockets.add(socket))
      request.once('timeout', () => request.destroy(new Error('/metrics did not answer within 10 s')))
      request.once('error', reject)
    })
  const timer = setInterval(() => void scrape().catch(() => {}), INTERVAL_MS)
  return {
    scrape,
    get scrapes() {
      return scrapes
    },
    get connections() {
      return sockets.size
    },
    stop() {
      clearInterval(timer)
      agent.destroy()
    },
  }
}
