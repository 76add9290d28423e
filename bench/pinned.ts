// Keeps the benchmark and what it measures on separate CPUs, where `taskset` is there and the machine has two of them.
import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

let canPin: boolean | undefined

/** Keeps this process on the first CPU. Returns whether that is possible. */
export function pinThis(): boolean {
  if (canPin !== undefined) return canPin
  try {
    if (availableParallelism() < 2) return false
    execFileSync('taskset', ['-a', '-c', '-p', '0', String(process.pid)], { stdio: 'ignore' })
    canPin = true
  } catch {
    canPin = false
  }
  return canPin
}

/** The command that runs this one on the second CPU; the command itself where nothing is pinned. */
export function pinned(command: readonly string[]): string[] {
  return canPin === true ? ['taskset', '-c', '1', ...command] : [...command]
}
