// @ts-check
// Makes elements. Text only ever becomes a text node, so that no name can become markup.
import { longName, shortName } from './format.js'

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Readonly<Record<string, string>>} [attributes]
 * @param {readonly (Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, attributes = {}, children = []) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** @param {string} tag @param {Readonly<Record<string, string>>} attributes @returns {SVGElement} */
export function svg(tag, attributes) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/** @param {string} label @param {() => void} press @param {Readonly<Record<string, string>>} [attributes] */
export function button(label, press, attributes = {}) {
  const made = element('button', { type: 'button', ...attributes }, [label])
  made.addEventListener('click', press)
  return made
}

/** Changes the text only if it is another. @param {Element} where @param {string} text */
export function setText(where, text) {
  if (where.textContent !== text) where.textContent = text
}

/** Sets a name that a stranger chose. @param {HTMLElement} where @param {string} name */
export function setName(where, name) {
  setText(where, shortName(name))
  const title = longName(name)
  if (where.title !== title) where.title = title
}

/**
 * Shows items as children, and keeps the elements of those that stay: focus and selection survive.
 *
 * @template T
 * @param {Element} parent
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(made: HTMLElement, item: T) => void} update
 */
export function keep(parent, items, keyOf, make, update) {
  const known = new Map([...parent.children].map((child) => [/** @type {HTMLElement} */ (child).dataset['key'], child]))
  /** @type {Element | null} */
  let next = parent.firstElementChild
  for (const item of items) {
    const key = keyOf(item)
    let child = /** @type {HTMLElement | undefined} */ (known.get(key))
    known.delete(key)
    if (child === undefined) {
      child = make(item)
      child.dataset['key'] = key
    }
    update(child, item)
    if (child === next) next = next.nextElementSibling
    else parent.insertBefore(child, next)
  }
  for (const gone of known.values()) gone.remove()
}
