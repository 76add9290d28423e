// A recorder in, the time that the recordings of one tool call take out.
import type { CallRecorder } from './contender.ts'
import { errorTypeOf, TOOLS } from './workload.ts'

/** Records `calls` calls; nanoseconds a call. */
export function recordCalls(recorder: CallRecorder, calls: number): number {
  const startedAt = performance.now()
  for (let call = 0; call < calls; call += 1) {
    const tool = TOOLS[call % TOOLS.length] as string
    recorder.begin(tool)
    recorder.end(tool, (call % 97) / 1000, 40 + (call % 13), 1000 + (call % 89), errorTypeOf(call))
  }
  return ((performance.now() - startedAt) * 1e6) / calls
}
