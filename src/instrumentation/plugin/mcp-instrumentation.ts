// An entry for `instrumentations` of an OpenTelemetry SDK. It implements the interface itself: the base package needs another version of
// the API than the application may have.
import type { MeterProvider, TracerProvider } from '@opentelemetry/api'
import { createNoopMeter, ProxyTracerProvider } from '@opentelemetry/api'
import { SCOPE } from '../catalog/scope.ts'
import { instrumentMcpServer } from '../in-process/mcp-server.ts'
import { setMeterProvider } from '../record/instruments.ts'
import { reportOnce } from '../record/report-once.ts'
import { setTracerProvider } from '../record/tracer.ts'
import type { InstrumentOptions } from '../wire/instrument-options.ts'
import type { LoadHook } from './load-hook.ts'
import { canHookModules, installLoadHook } from './load-hook.ts'

export interface McpInstrumentationConfig extends InstrumentOptions {
  /** False: nothing is instrumented before `enable`. @default true */
  readonly enabled?: boolean
}

/**
 * Instruments every MCP server of the process, of SDK v1 and v2, and records into the application's own OpenTelemetry SDK. Make it
 * before the MCP SDK is loaded.
 *
 * @example
 * new NodeSDK({ instrumentations: [new McpInstrumentation()] }).start()
 */
export class McpInstrumentation {
  readonly instrumentationName = SCOPE.name
  readonly instrumentationVersion = SCOPE.version
  #config: McpInstrumentationConfig
  #hook: LoadHook | undefined
  #meters: MeterProvider | undefined
  #tracers: TracerProvider | undefined
  #isEnabled = false

  constructor(config: McpInstrumentationConfig = {}) {
    this.#config = { enabled: true, ...config }
    if (this.#config.enabled) this.enable()
  }

  /** Instruments the servers that connect from now on, and records the calls of all that were instrumented. */
  enable(): void {
    if (this.#isEnabled) return
    if (!canHookModules()) {
      reportOnce('this runtime cannot rewrite modules, and McpInstrumentation does nothing; call instrumentMcpServer')
      return
    }
    this.#isEnabled = true
    this.#hook = installLoadHook({ onReady: (server) => instrumentMcpServer(server, this.#config) })
    setMeterProvider(this.#meters)
    setTracerProvider(this.#tracers)
  }

  /** Instruments no more servers, and records nothing of those that were instrumented. */
  disable(): void {
    if (!this.#isEnabled) return
    this.#isEnabled = false
    this.#hook?.remove()
    setMeterProvider({ getMeter: () => createNoopMeter() })
    // One without a delegate starts spans that record nothing.
    setTracerProvider(new ProxyTracerProvider())
  }

  /** Where measurements go. Without it, to the global provider. */
  setMeterProvider(provider: MeterProvider): void {
    this.#meters = provider
    if (this.#isEnabled) setMeterProvider(provider)
  }

  /** Where spans go. Without it, to the global provider. */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracers = provider
    if (this.#isEnabled) setTracerProvider(provider)
  }

  /** Nothing is logged. */
  setLoggerProvider(): void {}

  /** Options for the servers that connect from now on. */
  setConfig(config: McpInstrumentationConfig): void {
    this.#config = { enabled: true, ...config }
  }

  getConfig(): McpInstrumentationConfig {
    return this.#config
  }
}
