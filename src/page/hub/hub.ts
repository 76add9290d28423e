// The hub: receives OTLP from every server of this machine and shows the live page of all of them.
import { createEndpoint } from '../../telemetry/listener/endpoint.ts'
import { createSessionKey, keyFolder } from '../http/session-key.ts'
import { createPageModel } from '../model/page-model.ts'
import { createPage } from '../page.ts'
import { createHubFeed } from './hub-feed.ts'
import { createOtlpReceiver } from './otlp-receiver.ts'
import { receiveGrpc } from './receive-grpc.ts'
import { receiveHttp } from './receive-http.ts'

export interface HubOptions {
  readonly host: string
  readonly port: number
  readonly otlpHttpPort: number
  readonly otlpGrpcPort: number
  /** Opens the page, and is asked of those who send; undefined makes one for the page and asks nobody. */
  readonly token: string | undefined
  readonly maxServers: number
  readonly links: { readonly grafana: string | undefined; readonly traces: string | undefined }
  readonly allowedHosts: readonly string[]
  /** `XDG_RUNTIME_DIR`. */
  readonly runtimeFolder: string | undefined
}

export interface Hub {
  /** With the launch token. */
  readonly pageUrl: string
  readonly otlpHttpUrl: string
  readonly otlpGrpcUrl: string
  /** Never rejects. */
  stop(): Promise<void>
}

/** @throws {Error} of one line, if a port cannot be had. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { host, token, maxServers, links, allowedHosts, runtimeFolder } = options
  const model = createPageModel(maxServers)
  const page = createPage({
    model,
    token,
    links,
    isSecure: false,
    sessionKey: createSessionKey(keyFolder(runtimeFolder)),
    onWatchers: () => {},
    ready: async () => {},
  })
  const feed = createHubFeed({ model, onStep: page.step, onServers: page.announce })
  const receiver = createOtlpReceiver({ token, take: feed.take })
  const endpoint = createEndpoint({
    page,
    scrape: 'The hub has no metrics of its own.',
    allowedHosts,
    keepsProcess: true,
  })
  const undo: (() => Promise<void> | void)[] = [feed.stop, () => endpoint.close(500), page.close]
  const stop = async () => {
    for (const each of undo.toReversed()) await each()
  }
  const listen = async <T>(port: number, flag: string, start: () => Promise<T>): Promise<T> => {
    try {
      return await start()
    } catch (error) {
      await stop()
      const reason = (error as NodeJS.ErrnoException).code ?? String(error)
      throw new Error(`the hub cannot use port ${port} of ${host} (${reason}); ${flag} sets another port`, {
        cause: error,
      })
    }
  }
  const base = await listen(options.port, '--port', () => endpoint.listen({ host, port: options.port }))
  const http = await listen(options.otlpHttpPort, '--otlp-http-port', () =>
    receiveHttp({ host, port: options.otlpHttpPort }, receiver),
  )
  undo.push(http.close)
  const grpc = await listen(options.otlpGrpcPort, '--otlp-grpc-port', () =>
    receiveGrpc({ host, port: options.otlpGrpcPort }, receiver),
  )
  undo.push(grpc.close)
  const name = host.includes(':') ? `[${host}]` : host
  return {
    pageUrl: page.url(base),
    otlpHttpUrl: `http://${name}:${http.port}`,
    otlpGrpcUrl: `http://${name}:${grpc.port}`,
    stop,
  }
}
