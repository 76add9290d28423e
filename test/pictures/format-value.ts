// A number and Grafana's id of its unit in, what people read out.

const SECONDS = [
  [1e-6, 'µs', 1e6],
  [1e-3, 'ms', 1e3],
  [1, 's', 1],
  [60, 'min', 1 / 60],
  [3600, 'h', 1 / 3600],
  [86_400, 'd', 1 / 86_400],
] as const
const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
const LARGE = ['', 'K', 'M', 'G'] as const

export function formatValue(value: number, unit: string, decimals?: number): string {
  if (!Number.isFinite(value)) return '–'
  switch (unit) {
    case 's':
      return seconds(value, decimals)
    case 'bytes':
      return scaled(value, 1024, BYTES, ' ', decimals)
    case 'percentunit':
      return `${digits(value * 100, decimals)} %`
    case 'reqps':
      return `${scaled(value, 1000, LARGE, '', decimals)} req/s`
    case 'cps':
      return `${scaled(value, 1000, LARGE, '', decimals)} c/s`
    default:
      return scaled(value, 1000, LARGE, '', decimals)
  }
}

function seconds(value: number, decimals?: number): string {
  if (value === 0) return '0 s'
  const [, name, factor] = SECONDS.findLast(([from]) => Math.abs(value) >= from) ?? SECONDS[0]
  return `${digits(value * factor, decimals)} ${name}`
}

function scaled(value: number, base: number, names: readonly string[], gap: string, decimals?: number): string {
  const power = value === 0 ? 0 : Math.floor(Math.log(Math.abs(value)) / Math.log(base))
  const at = Math.min(Math.max(power, 0), names.length - 1)
  const name = names[at] ?? ''
  return `${digits(value / base ** at, at === 0 ? decimals : undefined)}${name === '' ? '' : gap}${name}`
}

/** Three digits, unless told otherwise; no zeros that say nothing. */
function digits(value: number, decimals?: number): string {
  if (decimals !== undefined) return value.toFixed(decimals)
  return String(Number(Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)))
}
