// What to call a program that does not say: the name and version of the package that its file is in.
import { readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'

interface ServiceName {
  readonly serviceName?: string
  readonly serviceVersion?: string
}

/** `file` is the program's, such as `process.argv[1]`; a link of npm's `.bin` leads to the package. Never throws. */
export function packageAbove(file: string | undefined): ServiceName {
  if (file === undefined) return {}
  try {
    const path = realpathSync(file)
    return manifestAbove(dirname(path)) ?? { serviceName: basename(path, extname(path)) }
  } catch {
    return {}
  }
}

function manifestAbove(folder: string): ServiceName | undefined {
  const { name, version } = manifestIn(folder)
  // A package.json without a name only sets the module type.
  if (typeof name === 'string' && name !== '') {
    return { serviceName: name, ...(typeof version === 'string' && { serviceVersion: version }) }
  }
  const parent = dirname(folder)
  return parent === folder ? undefined : manifestAbove(parent)
}

function manifestIn(folder: string): { readonly name?: unknown; readonly version?: unknown } {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  } catch {
    return {}
  }
}
