// Reads fields of API objects safely. A cluster may send values that do not match their types, and a diagnosis that throws
// would hide all other findings.

/** A string, or ''. */
export function text(value: string | undefined): string {
  return typeof value === 'string' ? value : ''
}

/** The objects of a list. */
export function list<T extends object>(value: readonly T[] | undefined): readonly T[] {
  if (!Array.isArray(value)) return NONE
  // Nearly always it is what it should be: then it is not copied.
  return value.every(isObject) ? value : value.filter(isObject)
}

const NONE: readonly never[] = []

function isObject(item: unknown): boolean {
  return typeof item === 'object' && item !== null
}

/** The strings of a list. */
export function texts(value: readonly string[] | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The members of an object that is used as a map of strings. */
export function entries(value: Readonly<Record<string, string>> | undefined): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).filter(([, member]) => typeof member === 'string')
}

/** A finite number, or undefined; 0 for -0, which JSON has no word for. */
export function number(value: number | undefined): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined
}

/** Milliseconds since 1970 of a `Date` or of the text that JSON has in its place. */
export function time(value: Date | string | undefined): number | undefined {
  if (!(value instanceof Date) && typeof value !== 'string') return undefined
  const at = new Date(value).getTime()
  return Number.isNaN(at) ? undefined : at
}

const QUANTITY = /^([+-]?\d+(?:\.\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/
const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
}

/** A quantity such as `512Mi` or `250m` in bytes, cores or pieces. */
export function quantity(value: string | undefined): number | undefined {
  const [, digits, suffix] = QUANTITY.exec(text(value)) ?? []
  return digits === undefined ? undefined : Number(digits) * (suffix === undefined ? 1 : (FACTORS[suffix] ?? 1))
}
