// A program and its arguments in, how it ended and what it said out.
import { execFile } from 'node:child_process'

export interface Ended {
  readonly code: number
  /** stdout, then stderr. */
  readonly output: string
}

export function runProgram(
  path: string,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(
      path,
      args,
      { env: { ...process.env, ...env }, timeout: 120_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, output: `${stdout}${stderr}` })
      },
    )
  })
}
