// Starts a server or an attached program, and waits until it has said where it is.

import { fileURLToPath } from 'node:url'
import { scrapeSeries } from '../prometheus/scrape-series.ts'
import type { RunningCli } from './run-cli.ts'
import { runNode, VITALS_CLI } from './run-cli.ts'
import { waitFor } from './wait-for.ts'

const OUTCOMES = fileURLToPath(new URL('../servers/outcomes-over-http.ts', import.meta.url))

export interface RunningOverHttp extends RunningCli {
  readonly url: string
  series(): Promise<ReadonlyMap<string, number>>
}

/** The server of outcome kinds over HTTP; its series are those of its two lines. */
export async function runOutcomes(...flags: readonly string[]): Promise<RunningOverHttp> {
  const cli = runNode([OUTCOMES, ...flags])
  const url = await said(cli, /serves at (\S+)/)
  return { ...cli, url, series: async () => scrapeSeries(await said(cli, /metrics at (\S+)/)) }
}

/** `mcp-vitals proxy` in front of a server, on a free port. */
export async function runProxy(
  upstream: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningOverHttp & { readonly metricsUrl: string }> {
  const cli = runNode([VITALS_CLI, 'proxy', '--upstream', upstream, '--port', '0', ...args], env)
  const url = await said(cli, /(\S+) passes on to/)
  const metricsUrl = await said(cli, /metrics at (\S+)/)
  return { ...cli, url, metricsUrl, series: () => scrapeSeries(metricsUrl) }
}

async function said(cli: RunningCli, pattern: RegExp): Promise<string> {
  const ended = cli.exited.then((code) => {
    throw new Error(`it ended with ${code}: ${cli.stderr()}`)
  })
  ended.catch(() => {})
  return Promise.race([waitFor(() => pattern.exec(cli.stderr())?.[1], 30_000, String(pattern)), ended])
}
