// Passes a signal to a call of the Kubernetes client, and turns its errors into a `ToolError`.
import type { RequestContext } from '@kubernetes/client-node'
import { Observable } from '@kubernetes/client-node'
import { clusterError } from './cluster-error.ts'
import type { ClusterApis } from './resource-calls.ts'

type CallOptions = NonNullable<Parameters<ClusterApis['core']['listNode']>[1]>

/**
 * @param what The purpose of the call, for the error message.
 * @throws {ToolError} if the call fails; the signal's reason if it was aborted.
 */
export async function attempt<T>(what: string, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    // The caller ended the call and has its own reason.
    if (signal?.aborted) throw signal.reason
    throw clusterError(error, what)
  }
}

/** Options that make a call end with a signal. */
export function ending(signal?: AbortSignal): CallOptions {
  if (signal === undefined) return {}
  const pre = (request: RequestContext) => {
    request.setSignal(signal)
    return new Observable(Promise.resolve(request))
  }
  const post: NonNullable<CallOptions['middleware']>[number]['post'] = (response) =>
    new Observable(Promise.resolve(response))
  return { middleware: [{ pre, post }], middlewareMergeStrategy: 'append' }
}
