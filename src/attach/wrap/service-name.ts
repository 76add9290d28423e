// Names a wrapped server after its package or its command. No argument gets into the name but a package's name.
import { basename } from 'node:path'

/** Programs that run a package, and the words before the package's name. */
const RUNNERS: readonly (readonly string[])[] = [
  ['npx'],
  ['npm', 'exec'],
  ['npm', 'x'],
  ['pnpm', 'dlx'],
  ['pnpx'],
  ['yarn', 'dlx'],
  ['bunx'],
  ['bun', 'x'],
  ['uvx'],
  ['uv', 'tool', 'run'],
  ['pipx', 'run'],
]

/** Names that registries admit; a path, a URL or a secret with other characters is none. */
const PACKAGE = /^(@[a-z0-9][\w.-]{0,100}\/)?[a-z0-9][\w.-]{0,100}$/i

/**
 * The name of the package that a runner starts, without its version; else the name of the command.
 *
 * @example serviceNameOf('npx', ['-y', '@acme/server-files@1.2', '/home']) // '@acme/server-files'
 */
export function serviceNameOf(command: string, args: readonly string[]): string {
  const program = basename(command.replaceAll('\\', '/')).replace(/\.(exe|cmd|bat)$/i, '')
  return packageIn([program, ...args]) ?? program
}

function packageIn(words: readonly string[]): string | undefined {
  const runner = RUNNERS.find((start) => start.every((word, index) => words[index] === word))
  if (runner === undefined) return undefined
  const rest = words.slice(runner.length)
  const at = rest.findIndex((word) => !word.startsWith('-'))
  // An option that is not known may take a value: the word after it is not sure to be a package.
  if (at === -1 || rest.slice(0, at).some((option) => !['-y', '--yes', '-q', '--quiet', '--'].includes(option))) {
    return undefined
  }
  const name = withoutVersion(rest[at] ?? '')
  return PACKAGE.test(name) ? name : undefined
}

/** `@acme/files@1.2` and `files==1.2` without the version, `files[extra]` without the extra. */
function withoutVersion(word: string): string {
  const at = word.lastIndexOf('@')
  const bare = at > 0 && at > word.lastIndexOf('/') ? word.slice(0, at) : word
  return bare.split(/==|>=|<=|~=|\[/, 1)[0] ?? ''
}
