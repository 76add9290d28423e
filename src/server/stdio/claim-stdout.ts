// Reserves stdout for one writer and redirects all other output to stderr, because a single foreign line breaks an MCP
// client.
import { Console } from 'node:console'
import { Writable } from 'node:stream'

interface ClaimedStdout {
  readonly stdout: Writable
  /** Releases stdout. */
  release(): void
}

export function claimStdout(): ClaimedStdout {
  const { stdout: own } = process
  const ownWrite = own.write
  const ownMethods = { ...console }
  const stdout = new Writable({
    highWaterMark: 65_536,
    write(chunk: Buffer, _encoding, done) {
      Reflect.apply(ownWrite, own, [chunk, done])
    },
  })
  const failed = (error: Error) => stdout.destroy(error)
  own.on('error', failed)
  own.write = process.stderr.write.bind(process.stderr) as typeof own.write
  // Code that keeps a reference to the console object sees the change, too.
  const { log, info, debug, dir, dirxml, table, group, timeEnd, timeLog, count, trace } = new Console(process.stderr)
  Object.assign(console, { log, info, debug, dir, dirxml, table, group, timeEnd, timeLog, count, trace })
  return {
    stdout,
    release() {
      own.off('error', failed)
      own.write = ownWrite
      Object.assign(console, ownMethods)
    },
  }
}
