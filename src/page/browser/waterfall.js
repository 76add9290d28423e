// @ts-check
// One call: its facts, its spans as a waterfall, its log lines.
import { byId, element, setName } from './dom.js'
import { clock, dateAndTime, duration, number, shortName } from './format.js'
/** @import { ShownCall } from './calls.js' */
/** @import { Store } from './store.js' */

/** @typedef {{ spanId: string, parentId: string, name: string, kind: string, at: number, ms: number, failed: boolean, attributes: Readonly<Record<string, string | number | boolean>> }} Span */
/** @typedef {{ spanId: string, at: number, severity: string, text: string }} LogLine */
/** @typedef {{ spans: readonly Span[], logs: readonly LogLine[], leftOut: number }} Trace */

export function createCallPanel() {
  const title = element('h2', { id: 'call-title' }, ['One call'])
  const facts = element('dl', { class: 'facts' })
  const body = element('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Spans and log lines' })
  const empty = element('p', { class: 'empty' }, ['Choose a call to see its spans and log lines.'])
  byId('call').append(element('div', { class: 'head' }, [title]), facts, body, empty)
  body.hidden = true
  let asked = 0

  return {
    /** @param {ShownCall} call @param {Store} store */
    async show(call, store) {
      asked += 1
      const own = asked
      if (call.tool === '_OTHER') title.textContent = 'tools/call of a tool that is not offered'
      else setName(title, `tools/call ${call.tool}`)
      facts.replaceChildren(
        ...factsOf(call, store).map(([name, value]) =>
          element('div', {}, [
            element('dt', {}, [name]),
            element('dd', { title: value }, [linked(name, value, store)]),
          ]),
        ),
      )
      const trace = call.traceId === undefined ? undefined : await load(call.traceId, store)
      if (own !== asked) return
      const spans = trace?.spans ?? []
      body.hidden = spans.length === 0
      empty.textContent = spans.length > 0 ? '' : reason(call)
      body.replaceChildren(...(trace === undefined ? [] : waterfall(trace)))
      if (trace !== undefined && trace.leftOut > 0)
        body.append(element('p', { class: 'note' }, [`${number(trace.leftOut)} more spans and lines are not kept.`]))
    },
    clear() {
      asked += 1
      title.textContent = 'One call'
      facts.replaceChildren()
      body.replaceChildren()
      body.hidden = true
      empty.textContent = 'Choose a call to see its spans and log lines.'
    },
  }
}

/** @param {ShownCall} call @param {Store} store @returns {[string, string][]} */
function factsOf(call, store) {
  const side =
    call.errorType === undefined
      ? ''
      : store.callerFaults.has(call.errorType)
        ? ', the caller’s fault'
        : ', the server’s fault'
  /** @type {[string, string][]} */
  const facts = [
    ['outcome', `${call.status}${call.errorType === undefined ? '' : `: ${shortName(call.errorType)}`}${side}`],
    ['duration', duration(call.seconds)],
    ['at', dateAndTime(call.at)],
  ]
  if (call.client) facts.push(['client', shortName(call.client)])
  if (call.protocolVersion) facts.push(['revision', shortName(call.protocolVersion)])
  if (call.traceId) facts.push(['trace', call.traceId])
  return facts
}

/** @param {string} name @param {string} value @param {Store} store */
function linked(name, value, store) {
  if (name !== 'trace' || store.links.traces === undefined) return value
  const href = store.links.traces.includes('{traceId}')
    ? store.links.traces.replaceAll('{traceId}', value)
    : `${store.links.traces.replace(/\/$/, '')}/trace/${value}`
  return element('a', { href, target: '_blank', rel: 'noreferrer noopener' }, [value])
}

/** @param {ShownCall} call */
function reason({ traceId, kind }) {
  if (kind === 'stuck') return 'Its spans appear here when they end.'
  return traceId === undefined
    ? 'This call came before a page was open: only its facts are known. Calls that start now show their spans. To keep traces of all calls, set OTEL_EXPORTER_OTLP_ENDPOINT.'
    : 'Its spans are no longer kept here.'
}

/** @param {string} traceId @param {Store} store @returns {Promise<Trace | undefined>} */
async function load(traceId, store) {
  const query = new URLSearchParams({ server: store.id ?? '', id: traceId })
  try {
    const response = await fetch(`/page/trace?${query}`, { cache: 'no-store' })
    return response.ok ? await response.json() : undefined
  } catch {
    return undefined
  }
}

const BAR = 100

/** @param {Trace} trace */
function waterfall({ spans, logs }) {
  const from = Math.min(...spans.map(({ at }) => at))
  const to = Math.max(...spans.map(({ at, ms }) => at + ms), from + 0.01)
  const share = (/** @type {number} */ at) => Math.max(0, Math.min(BAR, ((at - from) / (to - from)) * BAR))
  const rows = inOrder(spans).map(({ span, depth }) => {
    const bar = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
    bar.setAttribute('viewBox', `0 0 ${BAR} 10`)
    bar.setAttribute('preserveAspectRatio', 'none')
    bar.setAttribute('aria-hidden', 'true')
    const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
    rect.setAttribute('x', String(share(span.at)))
    rect.setAttribute('width', String(Math.max(0.6, share(span.at + span.ms) - share(span.at))))
    rect.setAttribute('height', '10')
    bar.append(rect)
    const name = element('span', { class: 'span-name' })
    setName(name, described(span))
    name.style.paddingInlineStart = `${Math.min(depth, 8) * 12}px`
    const details = element(
      'dl',
      { class: 'facts' },
      Object.entries(span.attributes).map(([key, value]) =>
        element('div', {}, [element('dt', {}, [shortName(key)]), element('dd', {}, [shortName(String(value))])]),
      ),
    )
    const lines = logs.filter(({ spanId }) => spanId === span.spanId).map((line) => logLine(line, from, depth))
    const summary = element('summary', {}, [
      name,
      element('span', { class: 'bar' }, [bar]),
      element('span', { class: 'took' }, [duration(span.ms / 1_000)]),
    ])
    return element('li', { 'data-series': span.failed ? 'server' : span.kind }, [
      element('details', {}, [summary, details]),
      ...lines,
    ])
  })
  const known = new Set(spans.map(({ spanId }) => spanId))
  const others = logs
    .filter(({ spanId }) => !known.has(spanId))
    .map((line) => element('li', {}, [logLine(line, from, 0)]))
  return [element('ol', { class: 'waterfall' }, [...rows, ...others])]
}

/** HTTP calls have only a method as their name. @param {Span} span */
function described({ name, attributes }) {
  const where = attributes['url.template'] ?? attributes['http.route'] ?? attributes['url.path']
  return where === undefined || name.includes(String(where)) ? name : `${name} ${where}`
}

/** @param {LogLine} line @param {number} from @param {number} depth */
function logLine({ at, severity, text }, from, depth) {
  const said = element('span', { class: 'log-text' })
  setName(said, text)
  const made = element('p', { class: 'log', title: clock(at) }, [
    element('span', { class: 'severity' }, [severity || 'log']),
    said,
    element('span', { class: 'took' }, [`+${duration(Math.max(0, at - from) / 1_000)}`]),
  ])
  made.style.paddingInlineStart = `${Math.min(depth + 1, 9) * 12}px`
  return made
}

/** Parents before children, each by its start. @param {readonly Span[]} spans */
function inOrder(spans) {
  const known = new Set(spans.map(({ spanId }) => spanId))
  const children = Map.groupBy(
    spans.toSorted((a, b) => a.at - b.at),
    ({ parentId }) => (known.has(parentId) ? parentId : ''),
  )
  /** @type {{ span: Span, depth: number }[]} */
  const ordered = []
  const seen = new Set()
  const visit = (/** @type {string} */ parent, /** @type {number} */ depth) => {
    for (const span of children.get(parent) ?? []) {
      if (seen.has(span.spanId)) continue
      seen.add(span.spanId)
      ordered.push({ span, depth })
      visit(span.spanId, depth + 1)
    }
  }
  visit('', 0)
  return ordered
}
