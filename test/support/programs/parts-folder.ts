// Paths of the real programs in, a folder for all that they write out: each is started with a place of its own there, on free ports of
// loopback, and everything is ended and removed together.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../parts/parts.ts'
import { freePorts, preferredPorts } from './free-ports.ts'
import type { PartOptions, PartProcess } from './part-process.ts'
import { startPart } from './part-process.ts'

/** Nobody listens there: a part of a configuration that a test has no use for. */
export const NOBODY = '127.0.0.1:1'

export interface PartPlace {
  readonly name: string
  /** A folder of its own. */
  readonly inside: string
  readonly logFile: string
}

export interface PartsFolder {
  readonly folder: string
  readonly running: readonly PartProcess[]
  /** Under another name, if one of this name is running. */
  place(name: string): PartPlace
  /** As many as these, free: these themselves where that is wanted and nobody has them. */
  ports(usual: readonly number[]): Promise<number[]>
  start(program: Program, at: PartPlace, options: Pick<PartOptions, 'args' | 'env' | 'readyUrl'>): Promise<PartProcess>
  /** Ends all, in reverse, and removes what they wrote, unless it is to be looked at. */
  close(options?: { readonly keep?: boolean }): Promise<void>
}

export interface PartsOptions {
  /** Where a part's own port is free it gets it, for people who know them by heart. @default false */
  readonly usualPorts?: boolean
}

export function openPartsFolder(
  paths: Readonly<Partial<Record<Program, string>>>,
  { usualPorts = false }: PartsOptions,
): PartsFolder {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-vitals-parts-'))
  const running: PartProcess[] = []
  return {
    folder,
    running,
    place(wanted) {
      const name = running.some((part) => part.name === wanted) ? `${wanted}-${running.length}` : wanted
      const inside = join(folder, name)
      mkdirSync(inside, { recursive: true })
      return { name, inside, logFile: join(inside, 'output.log') }
    },
    ports: (usual) => (usualPorts ? preferredPorts(usual) : freePorts(usual.length)),
    async start(program, { name, logFile }, options) {
      const path = paths[program]
      if (path === undefined) throw new Error(`${program} was not asked for`)
      const part = await startPart({ name, logFile, path, ...options })
      running.push(part)
      return part
    },
    async close({ keep = false } = {}) {
      for (const part of running.toReversed()) await part.stop()
      if (!keep) rmSync(folder, { recursive: true, force: true })
    },
  }
}
