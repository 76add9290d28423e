// Checks whether the cluster is reachable, at most once per interval and once for all concurrent callers.
import type { Readiness } from 'mcp-vitals'
import { ToolError } from 'mcp-vitals'
import type { ClusterApi } from './cluster-api.ts'

interface ReadinessOptions {
  /** How long an answer is valid: a positive one, and a shorter time for a negative one, so that a recovery shows soon. */
  readonly goodForMs?: number
  readonly badForMs?: number
  /** Probes wait a second or so. @default 900 */
  readonly timeoutMs?: number
  readonly now?: () => number
}

export function clusterReadiness(
  api: Pick<ClusterApi, 'ready'>,
  options: ReadinessOptions = {},
): () => Promise<Readiness> {
  const { goodForMs = 5_000, badForMs = 1_000, timeoutMs = 900, now = () => performance.now() } = options
  let known: { readonly answer: Promise<Readiness>; until: number } | undefined
  return () => {
    if (known !== undefined && known.until > now()) return known.answer
    const asked = { answer: ask(api, timeoutMs), until: Number.POSITIVE_INFINITY }
    known = asked
    void asked.answer.then(({ ready }) => {
      asked.until = now() + (ready ? goodForMs : badForMs)
    })
    return asked.answer
  }
}

async function ask(api: Pick<ClusterApi, 'ready'>, timeoutMs: number): Promise<Readiness> {
  try {
    await api.ready(AbortSignal.timeout(timeoutMs))
    return { ready: true }
  } catch (error) {
    const late = !(error instanceof ToolError) || error.kind === 'timeout'
    return { ready: false, reasons: [late ? 'the Kubernetes API does not answer' : error.message] }
  }
}
