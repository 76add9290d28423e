// The yardstick: runs a program, and pipes its stdin and stdout with what Node.js has for that.
import { spawn } from 'node:child_process'

const [command = '', ...args] = process.argv.slice(2)
const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
process.stdin.pipe(child.stdin)
child.stdout.pipe(process.stdout)
child.once('close', (code) => process.exit(code ?? 1))
