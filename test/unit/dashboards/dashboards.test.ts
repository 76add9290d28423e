// Tests the generated dashboards: layout, links, annotations and data sources.
import { describe, expect, it } from 'vitest'
import type { DataLink, Panel } from '../../../src/dashboards/classic-json.ts'
import { band } from '../../../src/dashboards/dashboard.ts'
import { DASHBOARD_FILES, panelsOf } from '../../support/grafana/dashboard-files.ts'

const uids = DASHBOARD_FILES.map(({ dashboard }) => dashboard.uid)

function linksOf({ fieldConfig, links = [] }: Panel): DataLink[] {
  const overridden = fieldConfig.overrides.flatMap(({ properties }) =>
    properties.flatMap(({ id, value }) => (id === 'links' ? (value as DataLink[]) : [])),
  )
  return [...links, ...(fieldConfig.defaults.links ?? []), ...overridden]
}

describe('the dashboards', () => {
  it('are one per audience, under the UIDs and titles that alerts and bookmarks use', () => {
    expect(
      Object.fromEntries(DASHBOARD_FILES.map(({ name, dashboard }) => [name, [dashboard.uid, dashboard.title]])),
    ).toEqual({
      'mcp-kubernetes-dashboard': ['mcp-kubernetes', 'MCP Kubernetes'],
      'mcp-platform-dashboard': ['mcp-platform', 'MCP Platform'],
      'mcp-server-dashboard': ['mcp-server', 'MCP Server Metrics'],
      'mcp-telemetry-dashboard': ['mcp-telemetry', 'MCP Telemetry'],
      'mcp-tool-dashboard': ['mcp-tool', 'MCP Tool'],
    })
  })

  it("include the lab's dashboard with its refresh, tags, time range and six panels of the right type", () => {
    const lab = DASHBOARD_FILES.find(({ name }) => name === 'mcp-server-dashboard')?.dashboard
    expect(lab).toMatchObject({ refresh: '10s', tags: ['mcp', 'kubernetes'], time: { from: 'now-1h', to: 'now' } })
    const types = Object.fromEntries((lab === undefined ? [] : panelsOf(lab)).map(({ title, type }) => [title, type]))
    expect(types).toMatchObject({
      'Tool Call Rate': 'timeseries',
      'Active Requests': 'stat',
      'Error Rate': 'stat',
      'Tool Duration (p95)': 'timeseries',
      'Tool Calls by Tool': 'piechart',
      'Kubernetes Operations': 'table',
    })
  })

  it('link from panels to a dashboard of the set, set one of its variables, and keep the rest and the time', () => {
    const links = DASHBOARD_FILES.flatMap(({ dashboard }) => panelsOf(dashboard).flatMap(linksOf))
    expect(links.length).toBeGreaterThan(5)
    for (const { url } of links) {
      const [, uid, query = ''] = /^\/d\/([\w-]+)\?(.*)$/.exec(url) ?? []
      const target = DASHBOARD_FILES.find(({ dashboard }) => dashboard.uid === uid)?.dashboard
      expect(target, url).toBeDefined()
      const names = target?.templating.list.map(({ name }) => name)
      const set = [...query.matchAll(/var-(\w+)=/g)].map(([, name]) => name)
      const kept = [...query.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name]) => name)
      expect(set, url).toHaveLength(1)
      expect(names, url).toEqual(expect.arrayContaining([...set, ...kept]))
      expect(new Set([...set, ...kept]).size, url).toBe(set.length + kept.length)
      expect(kept, url).toContain('datasource')
      expect(query, url).toMatch(/\$\{__url_time_range\}$/)
    }
  })

  it('link a tool name to the dashboard of that tool, from a line and from a cell', () => {
    const server = DASHBOARD_FILES.find(({ name }) => name === 'mcp-server-dashboard')?.dashboard
    const urls = (title: string) =>
      panelsOf(server as never)
        .filter((panel) => panel.title === title)
        .flatMap(linksOf)
        .map(({ url }) => url)
    expect(urls('Tool Call Rate')).toEqual([
      expect.stringMatching(/var-tool=\$\{__field\.labels\.tool_name:percentencode\}/),
    ])
    expect(urls('Tools')).toEqual([expect.stringMatching(/var-tool=\$\{__value\.text:percentencode\}/)])
  })
})

describe('each dashboard', () => {
  it.each(DASHBOARD_FILES)(
    'uses the classic schema without id or inputs, numbers its panels, and has unique titles: $name',
    ({ dashboard }) => {
      expect(dashboard).toMatchObject({ schemaVersion: 42, editable: false, graphTooltip: 1, timezone: 'browser' })
      expect(dashboard).not.toHaveProperty('id')
      expect(dashboard).not.toHaveProperty('__inputs')
      const ids = dashboard.panels.map(({ id }) => id)
      expect(ids).toEqual(ids.map((_, at) => at + 1))
      const titles = dashboard.panels.map(({ title }) => title)
      expect(new Set(titles).size).toBe(titles.length)
    },
  )

  it.each(DASHBOARD_FILES)('has neither overlapping panels nor gaps: $name', ({ dashboard }) => {
    const taken = new Map<string, string>()
    let bottom = 0
    for (const { title, gridPos } of dashboard.panels) {
      bottom = Math.max(bottom, gridPos.y + gridPos.h)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x} ${y}`), title).toBeUndefined()
          taken.set(`${x} ${y}`, title)
        }
      }
    }
    expect(Math.max(...[...taken.keys()].map((cell) => Number(cell.split(' ')[0])))).toBe(23)
    expect(taken.size).toBe(24 * bottom)
  })

  it.each(DASHBOARD_FILES)('says what an empty panel means, and starts its values at 0: $name', ({ dashboard }) => {
    for (const { title, fieldConfig } of panelsOf(dashboard)) {
      expect(fieldConfig.defaults.noValue, title).toMatch(/\w/)
      expect(fieldConfig.defaults.min, title).toBe(0)
    }
  })

  it.each(DASHBOARD_FILES)('links to all other dashboards with variables and time range: $name', ({ dashboard }) => {
    const targets = dashboard.links.map(({ url }) => url.replace('/d/', ''))
    expect(targets.toSorted()).toEqual(uids.filter((uid) => uid !== dashboard.uid).toSorted())
    for (const link of dashboard.links) expect(link).toMatchObject({ keepTime: true, includeVars: true })
  })

  it.each(DASHBOARD_FILES)('marks firing alerts and server starts on its graphs: $name', ({ dashboard }) => {
    const shown = dashboard.annotations.list.filter(({ hide }) => !hide)
    expect(shown.map(({ name }) => name)).toEqual(['Firing alerts', 'Starts'])
    expect(shown[0]?.expr).toContain('alertstate="firing"')
    expect(shown[1]?.expr).toContain('resets(')
  })

  it.each(DASHBOARD_FILES)('names no data source of a particular Grafana: $name', ({ dashboard }) => {
    const named = [...JSON.stringify(dashboard).matchAll(/"uid":"([^"]+)"/g)].map(([, uid]) => uid)
    expect([...new Set(named)].toSorted()).toEqual(['$' + '{datasource}', '-- Grafana --', dashboard.uid].toSorted())
  })
})

describe('band', () => {
  it('throws an error that names the panels when a band does not fill the width', () => {
    const [panel] = panelsOf(DASHBOARD_FILES[0]?.dashboard as never)
    expect(() => band(4, [panel as Panel, 12], [panel as Panel, 8])).toThrow(
      `"${panel?.title}" and its neighbours are 20 wide`,
    )
  })
})
