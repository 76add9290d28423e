// The key that the page's cookies are made with. It is kept in a file of this user alone, so that a browser stays signed in when a server
// is started again; where that cannot be, it lives as long as the process.
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const KEY_BYTES = 32

export interface SessionKey {
  /** The key, if one was ever made. */
  find(): Buffer | undefined
  /** The key; makes it when it is the first. */
  make(): Buffer
}

/** @param parent The folder to keep it under; undefined keeps it in memory. */
export function createSessionKey(parent: string | undefined): SessionKey {
  let own: Buffer | undefined
  const kept = () => (parent === undefined ? undefined : read(parent))
  return {
    find: () => own ?? kept(),
    make() {
      own ??= kept() ?? randomBytes(KEY_BYTES)
      if (parent !== undefined) write(parent, own)
      return own
    },
  }
}

/** Where keys of this user are kept. */
export function keyFolder(runtimeFolder: string | undefined): string {
  return join(runtimeFolder ?? tmpdir(), `mcp-vitals-${userInfo().uid}`)
}

function read(folder: string): Buffer | undefined {
  try {
    if (!isOurs(folder)) return undefined
    const key = Buffer.from(readFileSync(join(folder, 'page-key'), 'utf8').trim(), 'hex')
    return key.length === KEY_BYTES ? key : undefined
  } catch {
    return undefined
  }
}

function write(folder: string, key: Buffer): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (isOurs(folder)) writeFileSync(join(folder, 'page-key'), key.toString('hex'), { mode: 0o600 })
  } catch {
    // A read-only file system: the key is in memory.
  }
}

/** Another user of this machine may have made a folder of that name, or a link. */
function isOurs(folder: string): boolean {
  const { uid } = userInfo()
  const found = lstatSync(folder)
  return found.isDirectory() && (uid === -1 || (found.uid === uid && (found.mode & 0o077) === 0))
}
