// @ts-check
// Starts the page: the stream feeds the store, and each change is drawn once.
import { callId, createCallList, shownCalls } from './calls.js'
import { button, byId, element, setName, setText } from './dom.js'
import { download } from './download.js'
import { createFilterBar, filtersOfUrl, showInUrl } from './filters.js'
import { ago, clock, number, visible } from './format.js'
import { createPlots } from './plots.js'
import { STATE_WORDS, sentenceOf } from './sentence.js'
import { createSideCards } from './side-cards.js'
import { applySnapshot, applyStep, createStore } from './store.js'
import { connect } from './stream.js'
import { applyTheme, nextTheme } from './theme.js'
import { createToolTable } from './tools.js'
import { viewOf } from './view.js'
import { createVitals } from './vitals.js'
import { createCallPanel } from './waterfall.js'

/** @import { ShownCall } from './calls.js' */
/** @import { Filters } from './filters.js' */

/** Without news for this long the figures are old. */
const STALE_MS = 4_000
/** Steps that wait while the page is paused: as many as the history has. */
const MOST_WAITING = 900

const store = createStore()
const filters = filtersOfUrl()
/** @type {any[]} */
let waiting = []
let heardAt = 0
/** The server's clock less this one's. */
let clockOffset = 0
/** @type {{ kind: string, text: string } | undefined} */
let problem
let openedFromUrl = false
let framesDrawn = 0
let drawMs = 0

applyTheme()
const vitals = createVitals()
const plots = createPlots()
const tools = createToolTable((tool) => change({ tool: filters.tool === tool ? '' : tool }))
const calls = createCallList({ choose: (list) => change({ list }), open: openCall })
const panel = createCallPanel()
const sideCards = createSideCards()
const filterBar = createFilterBar((name, value) => {
  change(name === 'server' ? { server: value, tool: '', client: '', status: '', call: '' } : { [name]: value })
  if (name !== 'server') return
  panel.clear()
  stream.restart()
})
const pause = button('Pause', togglePause, { id: 'pause', 'aria-pressed': 'false', title: 'Pause or go on (space)' })
const save = button('Download', () => download(currentView()), {
  id: 'download',
  title: 'Download what is shown as JSON (d)',
})
const theme = button(
  'Theme',
  () => {
    nextTheme()
    plots.redraw()
  },
  { id: 'theme', title: 'Light, dark, or as the system (t)' },
)
const links = element('span', { class: 'links' })
byId('actions').append(links, pause, save, theme)

const stream = connect(() => filters.server, {
  onEvent(event, data) {
    problem = undefined
    heardAt = performance.now()
    if (event === 'snapshot') {
      clockOffset = data.now - Date.now()
      applySnapshot(store, data)
      waiting = []
      drawLinks()
    } else if (event === 'servers') {
      store.servers = data
    } else if (event === 'step') {
      clockOffset = data.at - Date.now()
      if (filters.paused === 0) applyStep(store, data)
      else waiting = [...waiting, data].slice(-MOST_WAITING)
    }
    schedule()
  },
  onProblem(found) {
    problem = found
    schedule()
  },
})

/** @param {Partial<Filters>} changed */
function change(changed) {
  Object.assign(filters, changed)
  showInUrl(filters)
  schedule()
}

function togglePause() {
  const paused = filters.paused === 0 ? Date.now() + clockOffset : 0
  if (paused === 0) for (const step of waiting) applyStep(store, step)
  waiting = []
  change({ paused })
}

/** @param {ShownCall} call */
function openCall(call) {
  change({ call: callId(call) })
  void panel.show(call, store)
}

function currentView() {
  return viewOf(store, filters, filters.paused || Date.now() + clockOffset)
}

let isScheduled = false
function schedule() {
  if (isScheduled) return
  isScheduled = true
  // A tab that is not seen is not drawn.
  requestAnimationFrame(() => {
    isScheduled = false
    draw()
  })
}

function draw() {
  const began = performance.now()
  const view = currentView()
  const { state, text } = sentenceOf(view)
  const isRefused = problem?.kind === 'refused'
  const isStale = problem !== undefined || (heardAt > 0 && performance.now() - heardAt > STALE_MS)
  const name = store.about['service.name'] ?? 'mcp-vitals'
  setName(byId('server'), `${name} ${store.about['service.version'] ?? ''}`.trim())
  document.title = isStale ? `mcp-vitals: no connection` : `${STATE_WORDS[state]} · ${visible(name).slice(0, 60)}`
  byId('state').dataset['state'] = isStale ? 'stale' : state
  setText(byId('state-word'), isRefused ? 'not signed in' : isStale ? 'no connection' : STATE_WORDS[state])
  setText(
    byId('sentence'),
    isRefused
      ? 'Open this page with the URL that the program printed when it started; its token opens the page.'
      : heardAt === 0
        ? 'Connecting to the server.'
        : text,
  )
  speak(isStale ? 'No connection to the server' : `${STATE_WORDS[state]}. ${text}`, isStale ? 'stale' : state)
  byId('stale').hidden = !(isStale || filters.paused > 0) || isRefused
  setText(
    byId('stale'),
    isStale ? staleText() : `Paused at ${clock(filters.paused)}; ${number(waiting.length)} seconds wait.`,
  )
  document.body.classList.toggle('is-stale', isStale)
  pause.setAttribute('aria-pressed', String(filters.paused > 0))
  setText(pause, filters.paused > 0 ? 'Go on' : 'Pause')
  filterBar.update(store, filters)
  vitals.update(view)
  plots.update(view)
  tools.update(view)
  calls.update(view)
  sideCards.update(view)
  if (!openedFromUrl && store.id !== undefined && filters.call !== '') openFromUrl()
  framesDrawn += 1
  drawMs += performance.now() - began
  document.documentElement.dataset['draw'] = `${framesDrawn} ${(drawMs / framesDrawn).toFixed(2)}`
}

/** A link to a call opens it. */
function openFromUrl() {
  openedFromUrl = true
  const call = shownCalls(viewOf(store, { ...filters, list: 'all' }, Date.now() + clockOffset)).find(
    (one) => callId(one) === filters.call,
  )
  if (call !== undefined) void panel.show(call, store)
}

function staleText() {
  const since = heardAt === 0 ? '' : ` The figures are from ${ago(store.lastAt, Date.now() + clockOffset)}.`
  return `${problem?.text.trim() ?? 'Nothing has come for some seconds.'}${since} The page connects again by itself.`
}

let spokenState = ''
/** Screen readers hear a change of the state, and not every second's figures. @param {string} text @param {string} state */
function speak(text, state) {
  if (state === spokenState) return
  spokenState = state
  setText(byId('spoken'), text)
}

function drawLinks() {
  const { grafana, traces } = store.links
  const link = (/** @type {string} */ name, /** @type {string | undefined} */ href) =>
    href === undefined ? [] : [element('a', { href, target: '_blank', rel: 'noreferrer noopener' }, [name])]
  links.replaceChildren(...link('Grafana', grafana), ...link('Traces', traces))
}

/** @type {Readonly<Record<string, () => void>>} */
const KEYS = {
  ' ': togglePause,
  d: () => save.click(),
  t: () => theme.click(),
  '/': () => byId('filter-tool').focus(),
  Escape: () => {
    panel.clear()
    change({ tool: '', client: '', status: '', call: '' })
  },
}
document.addEventListener('keydown', (event) => {
  const { target, key, ctrlKey, metaKey, altKey } = event
  const inside = (/** @type {string} */ selector) => target instanceof Element && target.closest(selector) !== null
  // Keys of what has the focus go first.
  const isTaken = inside('input, select') ? key !== 'Escape' : key === ' ' && inside('button, a, summary, .scroll')
  if (ctrlKey || metaKey || altKey || isTaken) return
  const act = KEYS[key]
  if (act === undefined) return
  event.preventDefault()
  act()
})
byId('footer').append(
  'Keys: space pauses, / filters by tool, d downloads, t changes the theme, Esc clears. Times are local. Figures of the last minute unless a heading says otherwise.',
)
// Times go on when nothing comes.
setInterval(() => {
  if (performance.now() - heardAt > 1_500) schedule()
}, 1_000)
