// Runs a program, passes stdin and stdout, and keeps the bytes of both: `node record-streams.ts <name> <command> [arguments]` writes
// `<name>.in` and `<name>.out`.
import { spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'

const [name = '', command = '', ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })

function record(source: Readable, target: Writable, file: string): void {
  const descriptor = openSync(file, 'w')
  source.on('data', (bytes: Buffer) => writeSync(descriptor, bytes))
  source.once('close', () => closeSync(descriptor))
  source.pipe(target)
  target.on('error', () => source.destroy())
}

record(process.stdin, child.stdin, `${name}.in`)
record(child.stdout, process.stdout, `${name}.out`)
child.once('close', (code) => process.exit(code ?? 1))
