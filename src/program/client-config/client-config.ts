// Puts `mcp-vitals wrap` in front of the stdio servers of an MCP client's configuration file, and takes it out again. Only the text of
// the commands changes: comments, order and spacing of the rest stay.
import type { Node, ParseError } from 'jsonc-parser'
import { applyEdits, findNodeAtLocation, getNodeValue, modify, parseTree, printParseErrorCode } from 'jsonc-parser'

/** What to do with the servers of a file. */
export interface ConfigChange {
  readonly action: 'wrap' | 'unwrap'
  /** One server; all stdio servers if undefined. */
  readonly server: string | undefined
  /** The version of mcp-vitals that is written. */
  readonly version: string
}

export interface ChangedConfig {
  readonly text: string
  /** Names of the servers that changed. */
  readonly changed: readonly string[]
}

/** The file cannot be changed; the message says why. */
export class ClientConfigError extends Error {
  override readonly name = 'ClientConfigError'
}

/** Where clients keep their servers: Claude Desktop, Claude Code and Cursor; VS Code's mcp.json; VS Code's settings. */
const PLACES: readonly (readonly string[])[] = [['mcpServers'], ['servers'], ['mcp', 'servers']]

const PACKAGE = /^mcp-vitals(@.+)?$/

interface StdioServer {
  readonly path: (string | number)[]
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
}

/**
 * Changes the text of a configuration file. A server that is wrapped already, or is not wrapped, stays as it is.
 *
 * @throws {ClientConfigError} if the text is not JSON, or has no such server.
 * @example changeConfig(text, { action: 'wrap', server: undefined, version: '0.1.0' }).text
 */
export function changeConfig(given: string, { action, server, version }: ConfigChange): ChangedConfig {
  // Windows editors write a byte order mark, which is not part of JSON.
  const mark = given.startsWith('\uFEFF') ? '\uFEFF' : ''
  const text = given.slice(mark.length)
  const servers = stdioServers(text)
  const chosen = servers.filter(({ name }) => server === undefined || name === server)
  if (chosen.length === 0) {
    const known = servers.map(({ name }) => name).join(', ')
    throw new ClientConfigError(
      server === undefined
        ? 'it contains no stdio servers (mcpServers, servers or mcp.servers with a command)'
        : `it contains no stdio server "${server}"; known: ${known === '' ? 'none' : known}`,
    )
  }
  const changed: string[] = []
  let result = text
  for (const { path, name, command, args } of chosen) {
    const next = action === 'wrap' ? wrapped(command, args, version) : unwrapped(command, args)
    if (next === undefined) continue
    changed.push(name)
    result = setMember(result, [...path, 'command'], next.command)
    result = setMember(result, [...path, 'args'], next.args)
  }
  return { text: `${mark}${result}`, changed }
}

function wrapped(command: string, args: readonly string[], version: string) {
  if (unwrapped(command, args) !== undefined) return undefined
  return { command: 'npx', args: ['-y', `mcp-vitals@${version}`, 'wrap', '--', command, ...args] }
}

/** The command behind `… mcp-vitals wrap [options] --`; undefined if it is not wrapped. */
function unwrapped(command: string, args: readonly string[]) {
  const words = [command.replace(/^.*[\\/]/, '').replace(/\.(cmd|exe)$/i, ''), ...args]
  const program = words.findIndex((word) => PACKAGE.test(word))
  const end = words.indexOf('--', program + 2)
  if (program === -1 || words[program + 1] !== 'wrap' || end === -1 || end + 1 >= words.length) return undefined
  return { command: words[end + 1] ?? '', args: words.slice(end + 2) }
}

function stdioServers(text: string): StdioServer[] {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const [error] = errors
  if (root === undefined || root.type !== 'object' || error !== undefined) {
    const where = error === undefined ? '' : ` at line ${text.slice(0, error.offset).split('\n').length}`
    throw new ClientConfigError(
      `it is not a JSON object${error === undefined ? '' : ` (${printParseErrorCode(error.error)}${where})`}`,
    )
  }
  return PLACES.flatMap((place) => {
    const node = findNodeAtLocation(root, [...place])
    return node?.type === 'object' ? (node.children ?? []).flatMap((member) => stdioServer(member, place)) : []
  })
}

function stdioServer({ children }: Node, place: readonly string[]): StdioServer[] {
  const [key, value] = children ?? []
  const name = key === undefined ? '' : String(getNodeValue(key))
  const config = value === undefined ? undefined : (getNodeValue(value) as { command?: unknown; args?: unknown })
  const { command, args = [] } = typeof config === 'object' && config !== null ? config : {}
  if (typeof command !== 'string' || !Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) return []
  return [{ path: [...place, name], name, command, args }]
}

function setMember(text: string, path: (string | number)[], value: unknown): string {
  const indent = /\n([ \t]+)\S/.exec(text)?.[1] ?? '  '
  const isTab = indent.startsWith('\t')
  const formattingOptions = {
    insertSpaces: !isTab,
    tabSize: isTab ? 1 : indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  }
  return applyEdits(text, modify(text, path, value, { formattingOptions }))
}
