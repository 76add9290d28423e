#!/usr/bin/env node
// The program mcp-vitals: reads the command line and starts the command.
import { SCOPE } from '@mcp-vitals/instrumentation'
import { helpText } from '../command-line/help.ts'
import { REREAD_EVERY_MS, rereadTokens } from '../command-line/reread-tokens.ts'
import { endOfProcess, print, runProgram, say, stopSignal } from '../command-line/run-program.ts'
import { isLoopback } from '../telemetry/listener/check-sender.ts'
import type { ChangeConfig, CheckConfig, HubConfig, ProxyConfig, TrafficConfig, WrapConfig } from './config.ts'
import { readConfig } from './config.ts'
import { PROGRAM } from './options.ts'
import { whereToSend } from './where-to-send.ts'

await runProgram(PROGRAM.name, async () => {
  const config = readConfig()
  switch (config.command) {
    case 'help':
      return print(helpText(PROGRAM, config.of))
    case 'version':
      return print(`${SCOPE.version}\n`)
    case 'traffic':
      return traffic(config)
    case 'check':
      return check(config)
    case 'wrap':
      return wrapServer(config)
    case 'proxy':
      return serveProxy(config)
    case 'hub':
      return hub(config)
    case 'config':
      return changeClientConfig(config)
  }
})

async function traffic(config: TrafficConfig): Promise<number> {
  for (const warning of config.warnings) say(`${PROGRAM.name}: ${warning}`)
  const abort = new AbortController()
  void stopSignal().then(() => abort.abort())
  const { driveTraffic } = await import('./traffic.ts')
  await driveTraffic(config, { signal: abort.signal, out: process.stdout })
  return 0
}

async function wrapServer({ server: [command, ...args], warnings, ...options }: WrapConfig): Promise<number> {
  const sayLine = (line: string) => say(`${PROGRAM.name}: ${line}`)
  for (const warning of warnings) sayLine(warning)
  const [{ wrap }, { endAs, StartError }] = await Promise.all([
    import('../attach/wrap/wrap.ts'),
    import('../attach/wrap/child.ts'),
  ])
  try {
    return endAs(await wrap({ ...options, command, args, say: sayLine }))
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    sayLine(error.message)
    return error.exitCode
  }
}

async function serveProxy({ tokenFile: { path, tokens }, warnings, ...options }: ProxyConfig): Promise<number> {
  for (const warning of warnings) say(`${PROGRAM.name}: ${warning}`)
  const ended = endOfProcess()
  const { startProxy } = await import('../attach/proxy/proxy.ts')
  let valid = tokens
  const reread = rereadTokens({
    path,
    strict: !isLoopback(options.host),
    changed(read) {
      valid = read
      say(`${PROGRAM.name}: the token file was read again`)
    },
    failed: (reason) =>
      say(`${PROGRAM.name}: the token file was not read again, and the earlier tokens stay valid: ${reason}`),
  })
  await reread()
  const proxy = await startProxy({ ...options, tokens: () => valid })
  say(`${PROGRAM.name}: ${proxy.url} passes on to ${options.upstream}`)
  if (proxy.metricsUrl !== undefined) say(`${PROGRAM.name}: metrics at ${proxy.metricsUrl}`)
  const rereading = setInterval(() => void reread(), REREAD_EVERY_MS).unref()
  const code = await ended({
    fatal: (error) => say(`${PROGRAM.name}: stopped by an error: ${String(error)}`),
    reload: () => reread(true),
  })
  clearInterval(rereading)
  await proxy.stop()
  return code
}

async function check({ warnings, ...options }: CheckConfig): Promise<number> {
  for (const warning of warnings) say(`${PROGRAM.name}: ${warning}`)
  const { checkServer } = await import('./check/check-server.ts')
  const { text, exitCode } = await checkServer(options)
  print(text)
  return exitCode
}

async function hub({ warnings, tokenFile: [token], env, ...options }: HubConfig): Promise<number> {
  for (const warning of warnings) say(`${PROGRAM.name}: ${warning}`)
  const { startHub } = await import('../page/hub/hub.ts')
  const links = { grafana: env['MCP_VITALS_GRAFANA_URL'], traces: env['MCP_VITALS_TRACES_URL'] }
  const running = await startHub({ ...options, token, links, runtimeFolder: env['XDG_RUNTIME_DIR'] })
  say(whereToSend(running, token !== undefined))
  await stopSignal()
  await running.stop()
  return 0
}

async function changeClientConfig({ warnings, ...change }: ChangeConfig): Promise<number> {
  for (const warning of warnings) say(`${PROGRAM.name}: ${warning}`)
  const { changeFile } = await import('./client-config/change-file.ts')
  return print(changeFile({ ...change, version: SCOPE.version }))
}
