// @ts-check
// The frame that each plot has: its title, its legend, its data as a table, its PromQL.
import { button, element, setText } from './dom.js'

/**
 * @param {object} options
 * @param {string} options.id
 * @param {string} options.title
 * @param {readonly { name: string, series: string }[]} options.legend
 * @param {() => string} options.promql
 * @param {() => { head: readonly string[], rows: readonly (readonly string[])[] }} options.table
 */
export function createPlotCard({ id, title, legend, promql, table }) {
  const plot = element('div', { class: 'plot', id: `${id}-plot` })
  const note = element('p', { class: 'note', id: `${id}-note` })
  const tableBox = element('div', {
    class: 'scroll',
    tabindex: '0',
    role: 'group',
    'aria-label': `${title}, as a table`,
  })
  tableBox.hidden = true
  const asTable = button(
    'table',
    () => {
      tableBox.hidden = !tableBox.hidden
      plot.hidden = !tableBox.hidden
      asTable.setAttribute('aria-pressed', String(!tableBox.hidden))
      drawTable()
    },
    { 'aria-pressed': 'false', title: 'Show the data as a table' },
  )
  const drawTable = () => {
    if (tableBox.hidden) return
    const { head, rows } = table()
    const made = element('table', {}, [
      element('caption', { class: 'hidden' }, [title]),
      element('thead', {}, [
        element(
          'tr',
          {},
          head.map((text) => element('th', { scope: 'col' }, [text])),
        ),
      ]),
      element(
        'tbody',
        {},
        rows.map(([first = '', ...cells]) =>
          element('tr', {}, [
            element('th', { scope: 'row' }, [first]),
            ...cells.map((text) => element('td', {}, [text])),
          ]),
        ),
      ),
    ])
    const { scrollTop } = tableBox
    tableBox.replaceChildren(made)
    tableBox.scrollTop = scrollTop
  }
  const card = element('section', { class: 'card', id, 'aria-labelledby': `${id}-title` }, [
    element('div', { class: 'head' }, [
      element('h2', { id: `${id}-title` }, [title]),
      element(
        'ul',
        { class: 'legend' },
        legend.map(({ name, series }) =>
          element('li', { 'data-series': series }, [element('span', { class: 'mark', 'aria-hidden': 'true' }), name]),
        ),
      ),
      element('div', { class: 'actions' }, [asTable, copyButton(promql)]),
    ]),
    plot,
    tableBox,
    note,
  ])
  return { card, plot, note: (/** @type {string} */ text) => setText(note, text), drawTable }
}

/** A button that copies the PromQL of a figure. @param {() => string} promql */
export function copyButton(promql) {
  const made = button(
    'PromQL',
    () => {
      const text = promql()
      made.dataset['copied'] = text
      navigator.clipboard?.writeText(text).then(
        () => flash(made, 'copied'),
        () => showText(made, text),
      ) ?? showText(made, text)
    },
    { title: 'Copy the PromQL of this figure', class: 'copy' },
  )
  return made
}

/** @param {HTMLButtonElement} made @param {string} word */
function flash(made, word) {
  setText(made, word)
  setTimeout(() => setText(made, 'PromQL'), 1_500)
}

/** Browsers that keep the clipboard to themselves: the text is shown, selected. @param {HTMLButtonElement} made @param {string} text */
function showText(made, text) {
  const field = element('input', { readonly: '', value: text, 'aria-label': 'PromQL', class: 'promql' })
  made.after(field)
  field.select()
  field.addEventListener('blur', () => field.remove())
  field.focus()
}
