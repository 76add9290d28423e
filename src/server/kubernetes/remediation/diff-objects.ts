// Compares an object before and after a dry run, without values that may be secret.

interface Difference {
  /** Items of a list by the key that names them: `spec.template.spec.containers[name=web].image`. */
  readonly path: string
  /** Undefined for a missing or hidden value. */
  readonly from?: string
  readonly to?: string
}

export interface Differences {
  readonly shown: readonly Difference[]
  /** How many more there are. */
  readonly leftOut: number
}

const MOST = 20
const LONGEST = 200

/** Fields whose values are names and numbers. Environment, arguments, commands and annotations may contain secrets. */
const TELLING =
  /(^|\.)(replicas|image|imagePullPolicy|terminationGracePeriodSeconds|serviceAccountName|nodeName|priorityClassName|containerPort|port|path|scheme|cpu|memory|ephemeral-storage|\w+(Seconds|Threshold|Fraction))$|\[kubectl\.kubernetes\.io\/restartedAt\]$/
const HIDING = /\.(env|envFrom|args|command|volumes)\b/

export function diffObjects(before: unknown, after: unknown): Differences {
  const was = leavesOf(before)
  const is = leavesOf(after)
  const changed = [...new Set([...was.keys(), ...is.keys()])].filter((path) => was.get(path) !== is.get(path)).sort()
  return {
    shown: changed.slice(0, MOST).map((path) => {
      if (!TELLING.test(path) || HIDING.test(path)) return { path }
      return { path, ...told('from', was.get(path)), ...told('to', is.get(path)) }
    }),
    leftOut: Math.max(0, changed.length - MOST),
  }
}

function told(key: 'from' | 'to', value: string | undefined): Partial<Difference> {
  return value === undefined ? {} : { [key]: value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value }
}

function leavesOf(value: unknown, path = '', leaves: Map<string, string> = new Map()): ReadonlyMap<string, string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) leavesOf(item, `${path}[${keyOf(item) ?? index}]`, leaves)
  } else if (value instanceof Date) {
    leaves.set(path, value.toISOString())
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, held] of Object.entries(value)) {
      const part = key.includes('.') || key.includes('/') ? `[${key}]` : path === '' ? key : `.${key}`
      leavesOf(held, `${path}${part}`, leaves)
    }
  } else if (value !== undefined) {
    leaves.set(path, String(value))
  }
  return leaves
}

function keyOf(item: unknown): string | undefined {
  const { name } = (item ?? {}) as { name?: unknown }
  return typeof name === 'string' ? `name=${name}` : undefined
}
