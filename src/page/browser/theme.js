// @ts-check
// Light, dark, or as the system has it; kept by the browser.

const KEY = 'mcp-vitals-theme'
const THEMES = ['system', 'light', 'dark']

export function applyTheme() {
  document.documentElement.dataset['theme'] = stored()
}

export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(stored()) + 1) % THEMES.length] ?? 'system'
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // A browser that keeps nothing: the theme is for this page.
  }
  document.documentElement.dataset['theme'] = next
}

function stored() {
  try {
    const theme = localStorage.getItem(KEY) ?? 'system'
    return THEMES.includes(theme) ? theme : 'system'
  } catch {
    return 'system'
  }
}
