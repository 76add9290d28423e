// Starts the page of this process on its metrics listener.
import { keepRecentCalls } from '@mcp-vitals/instrumentation/wire'
import type { MetricReader } from '@opentelemetry/sdk-metrics'
import { createSessionKey, keyFolder } from '../http/session-key.ts'
import { createPageModel } from '../model/page-model.ts'
import type { LivePage, PageOptions } from '../page.ts'
import { createPage } from '../page.ts'
import type { Feed } from './feed.ts'

interface StartOptions extends Pick<PageOptions, 'token' | 'isSecure' | 'links'> {
  readonly reader: Pick<MetricReader, 'collect'>
  /** `XDG_RUNTIME_DIR`: where the key of the cookies is kept. */
  readonly runtimeFolder: string | undefined
}

/** The page; the SDK parts that feed it are loaded when the first browser comes. */
export function startPage({ reader, token, isSecure, links, runtimeFolder }: StartOptions): LivePage {
  keepRecentCalls()
  const model = createPageModel()
  let feed: Promise<Feed> | undefined
  const fed = () => {
    feed ??= import('./feed.ts').then(({ createFeed }) =>
      createFeed({ reader, model, onStep: (server, json) => page.step(server, json) }),
    )
    return feed
  }
  const page = createPage({
    model,
    token,
    isSecure,
    links,
    sessionKey: createSessionKey(keyFolder(runtimeFolder)),
    onWatchers: (count) => void feed?.then((running) => running.watchers(count)),
    ready: async () => (await fed()).ready(),
  })
  return {
    ...page,
    close() {
      page.close()
      void feed?.then((running) => running.stop())
    },
  }
}
