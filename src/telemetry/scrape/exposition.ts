// Collected metrics in, Prometheus text 0.0.4 or OpenMetrics 1.0 out, in pieces, with a pause for the event loop between
// them: the program that is measured has better things to do than to stand still for a scrape.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Attributes } from '@opentelemetry/api'
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics'
import { DataPointType } from '@opentelemetry/sdk-metrics'
import type { PointExemplars, SeriesExemplars } from '../metrics/exemplars.ts'
import type { RowPoints } from '../metrics/stream.ts'
import type { Family, FamilyMetric } from './families.ts'
import { familiesOf } from './families.ts'
import { labelText } from './labels.ts'
import type { PointValue } from './points.ts'
import { mergePoints, pointValue } from './points.ts'
import type { ExpositionFormat } from './sample-lines.ts'
import { headerLines, sampleLines, targetInfoLines } from './sample-lines.ts'

export type { ExpositionFormat } from './sample-lines.ts'

export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<ExpositionFormat, string>

interface ExpositionOptions {
  readonly format: ExpositionFormat
  /** Milliseconds of writing after which the event loop gets a turn. @default 0.5 */
  readonly timeBudgetMs?: number
}

/** Characters of the longest piece. */
const PIECE = 65_536

/**
 * Writes all series of a collection. Nothing that an instrument accepted can make the text invalid, or throw: what cannot
 * be a series is left out by itself. Points of one name and the same labels are one series: see `mergePoints`.
 *
 * @example for await (const piece of writeExposition(resourceMetrics, { format: 'text' })) response.write(piece)
 */
export async function* writeExposition(
  collected: ResourceMetrics,
  { format, timeBudgetMs = 0.5 }: ExpositionOptions,
): AsyncGenerator<string, void, void> {
  const pace = createPace(timeBudgetMs)
  // The SDK has collected in one go, the longest stretch there is: nothing is added to it. Twice, since a request comes in
  // just before the loop's immediates, and timers have their turn after those.
  await pace.rest()
  await pace.rest()
  let text = targetInfoLines(resourceLabels(collected), format)
  for (const family of familiesOf(collected)) {
    const series = new Map<string, Series>()
    for (const metric of family.metrics) {
      for (const point of pointsOf(metric)) {
        addPoint(series, family, metric, point)
        if (pace.due()) await pace.rest()
      }
    }
    if (series.size === 0) continue
    text += headerLines(family, format)
    for (const [labels, { value, exemplars }] of series) {
      text += sampleLines(family, labels, value, format, exemplars)
      while (text.length > PIECE) {
        const end = endOfPiece(text)
        yield text.slice(0, end)
        text = text.slice(end)
        // Encoding and sending it took its part of the turn.
        await pace.rest()
      }
      if (pace.due()) await pace.rest()
    }
  }
  yield format === 'openmetrics' ? `${text}# EOF\n` : text
}

/** Made as they are read where the metric can do that. */
function pointsOf({ data }: FamilyMetric): Iterable<PointExemplars & { readonly value: unknown }> {
  return (data as Partial<RowPoints>).points?.() ?? data.dataPoints
}

interface Series {
  value: PointValue
  readonly metric: FamilyMetric
  /** Of the first point. */
  readonly exemplars: SeriesExemplars | undefined
}

/** Leaves out a point that would make the text invalid or untrue. */
function addPoint(
  series: Map<string, Series>,
  { type }: Family,
  metric: FamilyMetric,
  { attributes, value: given, exemplars }: PointExemplars & { readonly value: unknown },
): void {
  try {
    const value = pointValue(given)
    if (value === undefined || (type === 'histogram') === (typeof value === 'number')) return
    // A count that once got a NaN stays one for ever, and OpenMetrics refuses it.
    if (type === 'counter' && !((value as number) >= 0)) return
    const labels = labelText(attributes, type === 'histogram')
    const known = series.get(labels)
    if (known === undefined) {
      series.set(labels, { value, metric, exemplars })
      return
    }
    // Nobody else adds to what is recorded here.
    if (known.metric.own !== metric.own) return
    const merged = mergePoints(known.value, value, isSum(metric) && isSum(known.metric))
    if (merged !== undefined) known.value = merged
  } catch {
    // Attributes can be a proxy that throws.
  }
}

function isSum({ data }: FamilyMetric): boolean {
  return data.dataPointType === DataPointType.SUM
}

function resourceLabels({ resource }: ResourceMetrics): string {
  try {
    return labelText(resource.attributes as Attributes)
  } catch {
    return ''
  }
}

/** A piece is encoded by itself: it must not end between the halves of a surrogate pair. */
function endOfPiece(text: string): number {
  const last = text.charCodeAt(PIECE - 1)
  return last >= 0xd800 && last <= 0xdbff ? PIECE - 1 : PIECE
}

/** Says when it is time to let the event loop have a turn, and gives it one. */
function createPace(budgetMs: number) {
  let started = performance.now()
  return {
    due: () => performance.now() - started >= budgetMs,
    async rest(): Promise<void> {
      await nextTurn()
      started = performance.now()
    },
  }
}
