// Options in, the reference server running in this process out, on free ports, stopped with the test.
import { onTestFinished } from 'vitest'
import type { App } from '../../../src/server/app.ts'
import { startApp } from '../../../src/server/app.ts'
import type { ServeConfig } from '../../../src/server/config.ts'
import { readConfig } from '../../../src/server/config.ts'

export interface TestApp extends App {
  readonly url: string
  readonly metricsUrl: string
}

export async function startTestApp(args: readonly string[] = [], env: Record<string, string> = {}): Promise<TestApp> {
  const defaults = ['serve', '--port', '0', '--log-level', 'silent']
  const config = readConfig([...defaults, ...args], { OTEL_EXPORTER_PROMETHEUS_PORT: '0', ...env })
  const app = await startApp(config as ServeConfig)
  onTestFinished(() => app.stop())
  return app as TestApp
}
