// compose.yaml in, its services out, with what tests ask of it: who listens where, and which file of this repository a path in a
// container is.
import { readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { parse } from 'yaml'

export interface ComposeService {
  readonly image: string
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  /** Short form: source:target[:ro]. */
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly tmpfs?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly mem_limit?: string
}

export interface Mount {
  readonly source: string
  readonly target: string
  readonly readOnly: boolean
  /** Of this repository, not a volume. */
  readonly bound: boolean
}

export function readCompose(): {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, unknown>>
} {
  return parse(readFileSync('compose.yaml', 'utf8'), { merge: true })
}

export function mountsOf({ volumes = [] }: ComposeService): Mount[] {
  return volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':')
    return { source, target, readOnly: mode === 'ro', bound: source.startsWith('.') }
  })
}

/** A path in the container → one of this repository, or, with `volumes`, of where a volume is. Undefined if it is the image's. */
export function hostPath(
  service: ComposeService,
  path: string,
  volumes: Readonly<Record<string, string>> = {},
): string | undefined {
  const mounts = mountsOf(service).toSorted((a, b) => b.target.length - a.target.length)
  const mount = mounts.find(({ target }) => path === target || path.startsWith(`${target}/`))
  if (mount === undefined) return undefined
  const source = mount.bound ? normalize(mount.source) : volumes[mount.source]
  return source === undefined ? undefined : join(source, path.slice(mount.target.length))
}

/** Its variables as text, with `${NAME:-fallback}` as it is where nobody set NAME. */
export function environmentOf({ environment = {} }: ComposeService): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, String(value).replace(/\$\{\w+:-([^}]*)\}/g, '$1')]),
  )
}

/** What the images listen on that are not told by a variable. */
const OF_THE_IMAGE: Readonly<Record<string, readonly number[]>> = {
  prometheus: [9090],
  'prometheus-long-term': [9090],
  alertmanager: [9093],
  grafana: [3000],
}

/** The ports on which others reach a service. */
export function portsOf(name: string, service: ComposeService): number[] {
  const environment = environmentOf(service)
  const told = Object.entries(environment).flatMap(([variable, value]) => {
    const [, port] = /^0\.0\.0\.0:(\d+)$/.exec(value) ?? []
    if (port !== undefined) return Number(port)
    return variable.endsWith('_PORT') && environment[variable.replace(/_PORT$/, '_HOST')] === '0.0.0.0'
      ? Number(value)
      : []
  })
  return [...told, ...(OF_THE_IMAGE[name] ?? [])]
}
