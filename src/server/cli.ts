#!/usr/bin/env node
// Command line, environment and signals in, an exit code out: 0 after a clean stop, 1 after a failure, 2 for wrong
// options. All else is done elsewhere.
import { ConfigError } from '../index.ts'
import type { Config, ExporterConfig, ServeConfig, TrafficConfig } from './config.ts'
import { readConfig } from './config.ts'
import { helpText } from './help.ts'
import { VERSION } from './version.ts'
import { whereToLook } from './where-to-look.ts'

const say = (text: string) => process.stderr.write(`${text}\n`)
// Whoever started us may have closed its end; there is nobody left to tell.
process.stderr.on('error', () => {})

try {
  process.exitCode = await run(readConfig())
} catch (error) {
  say(`mcp-vitals: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = error instanceof ConfigError ? 2 : 1
}
// Not left to Node: a socket of somebody else's may keep the process alive.
process.exit()

async function run(config: Config): Promise<number> {
  switch (config.command) {
    case 'help':
      return print(helpText(config.of))
    case 'version':
      return print(`${VERSION}\n`)
    case 'serve':
      return serve(config)
    case 'exporter':
      return exporter(config)
    case 'traffic':
      return traffic(config)
  }
}

function print(text: string): Promise<number> {
  process.stdout.on('error', () => {})
  return new Promise((resolve) => process.stdout.write(text, () => resolve(0)))
}

async function serve(config: ServeConfig): Promise<number> {
  for (const warning of config.warnings) say(`mcp-vitals: ${warning}`)
  const until = endOfProcess()
  const { startApp } = await import('./app.ts')
  const app = await startApp(config)
  say(whereToLook(config, app))
  const code = await until(app)
  await app.stop()
  return code
}

async function exporter(config: ExporterConfig): Promise<number> {
  for (const warning of config.warnings) say(`mcp-vitals: ${warning}`)
  const until = endOfProcess()
  const { startExporter } = await import('./exporter.ts')
  const running = await startExporter(config)
  const { metricsUrl, healthUrl = '', clusterName } = running
  say(`mcp-vitals ${VERSION}: watches the cluster ${clusterName}`)
  if (metricsUrl !== undefined) say(`  metrics  ${metricsUrl}`)
  say(`  health   ${healthUrl} (and ${healthUrl.replace(/health$/, 'ready')})`)
  const code = await until(running)
  await running.stop()
  return code
}

async function traffic(config: TrafficConfig): Promise<number> {
  for (const warning of config.warnings) say(`mcp-vitals: ${warning}`)
  const abort = new AbortController()
  void stopSignal().then(() => abort.abort())
  const { driveTraffic } = await import('../program/traffic.ts')
  await driveTraffic(config, { signal: abort.signal, out: process.stdout })
  return 0
}

/**
 * Listens from now on for what ends a program: a signal, or an error that nobody expected. Returns a function that resolves to the exit
 * code once one of them has come, or nobody can come to the program any more.
 */
function endOfProcess() {
  const stop = stopSignal()
  const broken = Promise.withResolvers<unknown>()
  process.on('uncaughtException', broken.resolve)
  process.on('unhandledRejection', broken.resolve)
  return ({ closed, fatal }: { readonly closed?: Promise<void>; fatal(error: unknown): void }): Promise<number> =>
    Promise.race([
      stop.then(() => 0),
      ...(closed === undefined ? [] : [closed.then(() => 0)]),
      broken.promise.then((error) => {
        fatal(error)
        return 1
      }),
    ])
}

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const ask = () => {
      if (asked) process.exit(1)
      asked = true
      resolve()
    }
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
  })
}
