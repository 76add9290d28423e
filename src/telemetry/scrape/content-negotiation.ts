// What a scraper accepts in, the format and coding it gets out (RFC 9110, sections 12.4 and 12.5).
import type { ExpositionFormat } from './exposition.ts'

/** OpenMetrics where it is asked for at least as much as text; text where nothing is asked for. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  let openMetrics = 0
  let text = 0
  for (const { value, parameters, quality } of preferences(accept)) {
    if (value === 'application/openmetrics-text') {
      // Version 1.0.0 is what is written; 0.0.1 reads the same. One that asks for another version cannot be served.
      const version = parameters.get('version')
      if (version === undefined || version === '1.0.0' || version === '0.0.1') {
        openMetrics = Math.max(openMetrics, quality)
      }
    } else if (value === 'text/plain' || value === 'text/*' || value === '*/*') {
      text = Math.max(text, quality)
    }
  }
  return openMetrics > 0 && openMetrics >= text ? 'openmetrics' : 'text'
}

/** Whether gzip may be used: named with a quality above 0. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  return preferences(acceptEncoding).some(({ value, quality }) => value === 'gzip' && quality > 0)
}

function preferences(header = '') {
  return header.split(',').map((entry) => {
    const [value = '', ...rest] = entry.split(';').map((part) => part.trim().toLowerCase())
    const parameters = new Map(
      rest.map((part) => {
        const [name = '', given = ''] = part.split('=', 2).map((side) => side.trim())
        return [name, given.replace(/^"(.*)"$/, '$1')] as const
      }),
    )
    const quality = Number(parameters.get('q') ?? 1)
    return { value, parameters, quality: Number.isFinite(quality) ? quality : 0 }
  })
}
