import { describe, expect, it } from 'vitest'
import { acceptsGzip, negotiateFormat } from '../../../../src/telemetry/scrape/content-negotiation.ts'

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const WITH_PROTOBUF = `application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,${PROMETHEUS_3}`

describe('negotiateFormat', () => {
  it.each([
    ['Prometheus 2', PROMETHEUS_2, 'openmetrics'],
    ['Prometheus 3', PROMETHEUS_3, 'openmetrics'],
    ['Prometheus with native histograms', WITH_PROTOBUF, 'openmetrics'],
    ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text'],
    ['curl', '*/*', 'text'],
    ['no Accept header', undefined, 'text'],
    ['a higher q for text', 'text/plain;q=0.9, application/openmetrics-text;q=0.8', 'text'],
    ['an equal q for both', 'text/plain, application/openmetrics-text', 'openmetrics'],
    ['OpenMetrics with q=0', 'application/openmetrics-text;q=0, text/plain;q=0.1', 'text'],
    ['a future version of OpenMetrics', 'application/openmetrics-text;version=2.0.0, text/plain;q=0.1', 'text'],
    ['an unrelated media type', 'application/json', 'text'],
    ['mixed case, spaces and quotes', ' Application/OpenMetrics-Text ; Version="1.0.0" ; Q=0.5 ', 'openmetrics'],
    ['a malformed header', ';;,=;q=x,,', 'text'],
  ] as const)('returns the preferred format for %s', (_, accept, format) => {
    expect(negotiateFormat(accept)).toBe(format)
  })
})

describe('acceptsGzip', () => {
  it.each([
    ['gzip', true],
    ['deflate, gzip;q=0.5', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['identity', false],
    ['br', false],
    [undefined, false],
  ])('maps Accept-Encoding "%s" to %s', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted)
  })
})
