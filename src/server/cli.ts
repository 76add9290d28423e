#!/usr/bin/env node
// The program mcp-vitals-server: reads the command line and starts the server or the exporter.
import { SCOPE } from 'mcp-vitals'
import { endOfProcess, helpText, print, runProgram, say } from 'mcp-vitals/command-line'
import type { ExporterConfig, ServeConfig } from './config.ts'
import { readConfig } from './config.ts'
import { PROGRAM } from './options.ts'
import { whereToLook } from './where-to-look.ts'

await runProgram(PROGRAM.name, async () => {
  const config = readConfig()
  switch (config.command) {
    case 'help':
      return print(helpText(PROGRAM, config.of))
    case 'version':
      return print(`${SCOPE.version}\n`)
    case 'serve':
      return serve(config)
    case 'exporter':
      return exporter(config)
  }
})

async function serve(config: ServeConfig): Promise<number> {
  for (const warning of config.warnings) say(`${PROGRAM.name}: ${warning}`)
  const until = endOfProcess()
  const { startApp } = await import('./app.ts')
  const app = await startApp(config)
  say(whereToLook(config, app))
  const code = await until(app)
  await app.stop()
  return code
}

async function exporter(config: ExporterConfig): Promise<number> {
  for (const warning of config.warnings) say(`${PROGRAM.name}: ${warning}`)
  const until = endOfProcess()
  const { startExporter } = await import('./exporter.ts')
  const running = await startExporter(config)
  const { metricsUrl, healthUrl = '', clusterName } = running
  say(`${PROGRAM.name} ${SCOPE.version}: watches the cluster ${clusterName}`)
  if (metricsUrl !== undefined) say(`  metrics  ${metricsUrl}`)
  say(`  health   ${healthUrl} (and ${healthUrl.replace(/health$/, 'ready')})`)
  const code = await until(running)
  await running.stop()
  return code
}
