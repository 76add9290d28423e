// What a server says about itself in, the answer of /ready out.
import type { ServerResponse } from 'node:http'
import { answerJson } from './text-answer.ts'

/** Whether the server can do its work, and why not. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons?: readonly string[]
}

/** A prober waits a second or so; what takes longer than this is not ready. */
const TIMEOUT_MS = 5_000

/** Answers 200 if it is ready, else 503, with the reasons. Never rejects: what cannot be told is not ready. */
export async function answerReadiness(
  response: ServerResponse,
  ready: (() => Readiness | Promise<Readiness>) | undefined,
  timeoutMs = TIMEOUT_MS,
): Promise<void> {
  const { ready: isReady, reasons } = await asked(ready, timeoutMs)
  answerJson(response, isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', reasons })
}

async function asked(
  ready: () => Readiness | Promise<Readiness> = () => ({ ready: true }),
  timeoutMs: number,
): Promise<Required<Readiness>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => resolve({ ready: false, reasons: ['readiness was not told in time'] }), timeoutMs)
    timer.unref()
  })
  try {
    const told = await Promise.race([ready(), late])
    return { ready: told.ready === true, reasons: (told.reasons ?? []).map(String) }
  } catch {
    return { ready: false, reasons: ['readiness could not be told'] }
  } finally {
    clearTimeout(timer)
  }
}
