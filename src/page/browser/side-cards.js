// @ts-check
// Who calls, what is wrong in the cluster, and how the telemetry itself is.
import { byId, element, keep, setName, setText } from './dom.js'
import { ago, counted, number } from './format.js'
import { seriesOf, total } from './store.js'

/** @import { Series } from './store.js' */
/** @import { View } from './view.js' */

/** @typedef {{ key: string, name: string, value: string, bad?: boolean, href?: string }} Line */

/** @type {readonly { id: string, title: string, lines: (view: View) => Line[], empty: string }[]} */
const CARDS = [
  {
    id: 'clients',
    title: 'Clients',
    lines: clientLines,
    empty: 'No client has called yet. Point one at the server, or run: npx mcp-vitals traffic',
  },
  {
    id: 'issues',
    title: 'Kubernetes issues',
    lines: issueLines,
    empty: 'No issue is known. The tools diagnose_pod and diagnose_namespace find them.',
  },
  {
    id: 'telemetry',
    title: 'Telemetry',
    lines: telemetryLines,
    empty: 'This server does not report on its own telemetry.',
  },
]

const MOST_LINES = 12

export function createSideCards() {
  const cards = CARDS.map(({ id, title, lines, empty }) => {
    const list = element('ul', { class: 'lines' })
    const note = element('p', { class: 'empty' })
    byId(id).append(element('div', { class: 'head' }, [element('h2', { id: `${id}-title` }, [title])]), list, note)
    return { list, note, lines, empty }
  })
  return {
    /** @param {View} view */
    update(view) {
      for (const { list, note, lines, empty } of cards) {
        const found = lines(view)
        setText(
          note,
          found.length === 0 ? empty : found.length > MOST_LINES ? `${number(found.length - MOST_LINES)} more` : '',
        )
        keep(
          list,
          found.slice(0, MOST_LINES),
          ({ key }) => key,
          ({ href }) => makeLine(href),
          (made, line) => {
            const [name, value] = /** @type {HTMLElement[]} */ ([...made.children])
            if (name === undefined || value === undefined) return
            setName(name, line.name)
            setText(value, line.value)
            made.classList.toggle('bad', line.bad === true)
          },
        )
      }
    },
  }
}

/** @param {string | undefined} href */
function makeLine(href) {
  const name =
    href === undefined ? element('span') : element('a', { href, target: '_blank', rel: 'noreferrer noopener' })
  return element('li', {}, [name, element('span', { class: 'took' })])
}

/** @param {View} view @returns {Line[]} */
function clientLines({ store }) {
  /** @type {Line[]} */
  const clients = seriesOf(store, 'clients')
    .filter(({ value }) => value > 0)
    .sort((a, b) => b.value - a.value)
    .map(({ labels: [client = '', revision = ''], value }) => ({
      key: `${client} ${revision}`,
      name: `${client === '_OTHER' ? 'other clients' : client} · ${revision}`,
      value: counted(value, 'request'),
    }))
  const connections = total(store, 'connections')
  const open = total(store, 'openSessions')
  const sessions = seriesOf(store, 'sessions').reduce((sum, { value }) => sum + value, 0)
  const tasks = total(store, 'activeTasks')
  if (connections !== undefined)
    clients.push({ key: '#connections', name: 'open connections', value: number(connections) })
  if (open !== undefined) clients.push({ key: '#open', name: 'open sessions', value: number(open) })
  if (sessions > 0) clients.push({ key: '#sessions', name: 'sessions that ended', value: number(sessions) })
  if (tasks !== undefined) clients.push({ key: '#tasks', name: 'tasks under way', value: number(tasks) })
  return clients
}

/** @param {View} view @returns {Line[]} */
function issueLines({ store }) {
  const open = seriesOf(store, 'openIssues')
  const found = (open.length > 0 ? open : seriesOf(store, 'issues')).filter(({ value }) => value > 0)
  const rank = (/** @type {Series} */ { labels }) => ['critical', 'warning', 'info'].indexOf(labels[2] ?? '')
  return found
    .sort((a, b) => rank(a) - rank(b) || b.value - a.value)
    .map(({ labels: [namespace = '', type = '', severity = ''], value }) => ({
      key: `${namespace} ${type} ${severity}`,
      name: type,
      value: `${severity} · ${namespace} · ${number(value)}`,
      bad: severity === 'critical',
      // Hubs show what any server sends; of a type that is none of ours, the list has no entry.
      ...(/^[a-z_]+$/.test(type) && { href: `/page/issues.html#${type}` }),
    }))
}

/** @param {View} view @returns {Line[]} */
function telemetryLines({ store, now }) {
  const value = (/** @type {string} */ figure) => total(store, figure)
  const scrapes = seriesOf(store, 'scrapes')[0]
  /** @type {Line[]} */
  const lines = []
  const add = (/** @type {string} */ name, /** @type {number | undefined} */ found, isBad = false) => {
    if (found !== undefined) lines.push({ key: name, name, value: number(found), bad: isBad && found > 0 })
  }
  add('active series', value('series'))
  add('dropped measurements', value('dropped'), true)
  add('overflowed measurements', value('overflowed'), true)
  add('scrapes answered', scrapes?.value)
  add('failed exports', value('exportFailures'), true)
  for (const {
    labels: [signal = ''],
    value: at,
  } of seriesOf(store, 'lastExport')) {
    lines.push({
      key: `last ${signal}`,
      name: `last export of ${signal}`,
      value: at === 0 ? 'not yet' : ago(at * 1_000, now),
    })
  }
  if (store.leftOut > 0)
    lines.push({ key: 'left out', name: 'series that this page leaves out', value: number(store.leftOut), bad: true })
  return lines
}
