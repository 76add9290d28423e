// A range of numbers in, places on an axis and round numbers to label it with out.

export type Scale = (value: number) => number

export function linear([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const span = to - from || 1
  return (value) => start + ((value - from) / span) * (end - start)
}

/** Round numbers from 0 to at least `highest`, some `count` of them; of bytes, those that are round in powers of 1024. */
export function ticks(highest: number, count: number, base: 1000 | 1024 = 1000): number[] {
  if (!(highest > 0)) return [0, 1]
  const unit = base === 1024 ? 1024 ** Math.floor(Math.log(highest) / Math.log(1024)) : 1
  const rough = highest / unit / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
  const length = Math.ceil(highest / unit / step - 1e-9) + 1
  return Array.from({ length }, (_, at) => Number((at * step * unit).toPrecision(12)))
}

/** Whole multiples of a round number of seconds, in UTC: as many as fit. */
export function timeTicks(from: number, to: number, count: number): { at: number; label: string }[] {
  const step = [5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((one) => (to - from) / one <= count) ?? 7200
  const found: { at: number; label: string }[] = []
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    found.push({ at, label: new Date(at * 1000).toISOString().slice(11, step < 60 ? 19 : 16) })
  }
  return found
}
