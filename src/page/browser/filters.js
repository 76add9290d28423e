// @ts-check
// What is looked at: kept in the URL, so that a link opens the same view.
import { byId, element } from './dom.js'
import { longName, shortName } from './format.js'
import { seriesOf } from './store.js'

/** @import { Store } from './store.js' */

/**
 * @typedef {object} Filters
 * @property {string} server
 * @property {string} tool
 * @property {string} client
 * @property {string} status
 * @property {string} list Which calls: look, failed, slow, all.
 * @property {string} call The trace of the call that is open.
 * @property {number} paused When it was paused, in milliseconds; 0 while it is live.
 */

const TEXTS = /** @type {const} */ (['server', 'tool', 'client', 'status', 'list', 'call'])

/** @returns {Filters} */
export function filtersOfUrl() {
  const query = new URLSearchParams(location.search)
  const text = (/** @type {string} */ name) => (query.get(name) ?? '').slice(0, 300)
  const paused = Date.parse(query.get('paused') ?? '')
  return {
    server: text('server'),
    tool: text('tool'),
    client: text('client'),
    status: text('status'),
    list: text('list') || 'look',
    call: text('call'),
    paused: Number.isFinite(paused) ? paused : 0,
  }
}

/** @param {Filters} filters */
export function showInUrl(filters) {
  const query = new URLSearchParams()
  for (const name of TEXTS) {
    const value = filters[name]
    if (value !== '' && !(name === 'list' && value === 'look')) query.set(name, value)
  }
  if (filters.paused > 0) query.set('paused', new Date(filters.paused).toISOString())
  history.replaceState(null, '', query.size === 0 ? '/' : `/?${query}`)
}

/** @typedef {'server' | 'tool' | 'client' | 'status'} Choice */

const EVERY = { server: 'every server', tool: 'every tool', client: 'every client', status: 'every status' }

/** @param {(name: Choice, value: string) => void} choose */
export function createFilterBar(choose) {
  const bar = byId('filters')
  bar.addEventListener('submit', (event) => event.preventDefault())
  const selects = /** @type {Record<Choice, HTMLSelectElement>} */ ({})
  for (const name of /** @type {const} */ (['server', 'tool', 'client', 'status'])) {
    const select = element('select', { id: `filter-${name}`, 'aria-label': `Show ${name}` })
    select.addEventListener('change', () => choose(name, select.value))
    selects[name] = select
    bar.append(select)
  }
  return {
    /** @param {Store} store @param {Filters} filters */
    update(store, filters) {
      selects.server.hidden = store.servers.length < 2
      fill(
        selects.server,
        store.servers.map(({ id, name }) => [
          id,
          store.servers.some((one) => one.id !== id && one.name === name) ? `${name} · ${id.slice(-12)}` : name,
        ]),
        filters.server || (store.id ?? ''),
        undefined,
      )
      fill(selects.tool, names(seriesOf(store, 'calls'), 0), filters.tool, EVERY.tool)
      fill(selects.client, names(seriesOf(store, 'clients'), 0), filters.client, EVERY.client)
      fill(selects.status, names(seriesOf(store, 'calls'), 1), filters.status, EVERY.status)
    },
  }
}

/** @param {readonly { labels: readonly string[] }[]} series @param {number} label @returns {[string, string][]} */
function names(series, label) {
  return [...new Set(series.map(({ labels }) => labels[label] ?? ''))].sort().map((name) => [name, name])
}

/** @param {HTMLSelectElement} select @param {readonly (readonly string[])[]} options @param {string} chosen @param {string | undefined} every */
function fill(select, options, chosen, every) {
  const all = every === undefined ? [...options] : [['', every], ...options]
  // A filter of the URL stays, though nothing of that name has come yet.
  if (chosen !== '' && !all.some(([value]) => value === chosen)) all.push([chosen, chosen])
  const key = JSON.stringify(all)
  if (select.dataset['key'] !== key) {
    select.dataset['key'] = key
    select.replaceChildren(
      ...all.map(([value = '', name = '']) => element('option', { value, title: longName(name) }, [shortName(name)])),
    )
  }
  if (select.value !== chosen) select.value = chosen
  select.classList.toggle('chosen', every !== undefined && chosen !== '')
}
