// Builds a dashboard from sections of panels: places and numbers the panels and adds the common links and annotations.
import { annotations } from './annotations.ts'
import type { Dashboard, Panel, Placed, Variable } from './classic-json.ts'
import type { Uid } from './links.ts'
import { dashboardLinks, UIDS } from './links.ts'
import type { Narrowing } from './variables.ts'

const COLUMNS = 24

/** Panels side by side, each with its width. */
interface Band {
  readonly height: number
  readonly cells: readonly (readonly [panel: Panel, width: number])[]
}

export interface Section {
  /** The row title above the section; the first section has none. */
  readonly title?: string
  readonly bands: readonly Band[]
}

/** @example band(8, [callRate, 16], [errors, 8]) */
export function band(height: number, ...cells: Band['cells']): Band {
  const width = cells.reduce((all, [, wide]) => all + wide, 0)
  if (width !== COLUMNS)
    throw new Error(`"${cells[0]?.[0].title}" and its neighbours are ${width} wide, not ${COLUMNS}`)
  return { height, cells }
}

interface DashboardOptions {
  readonly uid: Uid
  readonly description: string
  readonly tags?: readonly string[]
  readonly refresh: string
  readonly from: string
  readonly variables: readonly Variable[]
  /** The variables that narrow its queries. */
  readonly narrowing: readonly Narrowing[]
  readonly sections: readonly Section[]
}

export function dashboard(options: DashboardOptions): Dashboard {
  const { uid, description, tags = [], refresh, from } = options
  return {
    uid,
    title: UIDS[uid],
    description,
    tags: ['mcp', ...tags],
    schemaVersion: 42,
    editable: false,
    graphTooltip: 1,
    timezone: 'browser',
    refresh,
    time: { from, to: 'now' },
    links: dashboardLinks(uid),
    annotations: { list: annotations(options.narrowing) },
    templating: { list: options.variables },
    panels: placed(options.sections),
  }
}

function placed(sections: readonly Section[]): Placed[] {
  const panels: Placed[] = []
  let y = 0
  const place = (
    panel: Panel | { type: 'row'; title: string; collapsed: false; panels: [] },
    x: number,
    w: number,
    h: number,
  ) => panels.push({ ...panel, id: panels.length + 1, gridPos: { x, y, w, h } })
  for (const { title, bands } of sections) {
    if (title !== undefined) {
      place({ type: 'row', title, collapsed: false, panels: [] }, 0, COLUMNS, 1)
      y += 1
    }
    for (const { height, cells } of bands) {
      let x = 0
      for (const [panel, width] of cells) {
        place(panel, x, width, height)
        x += width
      }
      y += height
    }
  }
  return panels
}
