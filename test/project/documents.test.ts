import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { Program } from '../../src/command-line/option.ts'
import { KNOWN } from '../../src/dashboards/known-metrics.ts'
import { ERROR_SIDES, STATUSES, TOOL_ERROR_KINDS } from '../../src/instrumentation/catalog/outcome-values.ts'
import { PROGRAM as VITALS } from '../../src/program/options.ts'
import { KNOWN_SERIES } from '../support/prometheus/known-series.ts'
import { DOCUMENTS } from './support/documents.ts'

describe('the README', () => {
  it('has at most 150 lines', () => {
    expect(readFileSync('README.md', 'utf8').split('\n').length).toBeLessThanOrEqual(150)
  })
})

describe('the reference', () => {
  it('has every variable that the sources read by name', () => {
    const read = globSync('src/{server,telemetry,program}/**/*.ts').flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/'((?:OTEL|MCP_VITALS)_[A-Z_]*[A-Z])'/g)].map(([, name]) => String(name)),
    )

    expect(read.length).toBeGreaterThan(20)
    const reference = ['environment', 'options'].map((name) => readFileSync(`docs/${name}.md`, 'utf8')).join('')
    expect([...new Set(read)].filter((name) => !reference.includes(`\`${name}`))).toEqual([])
  })

  it('has every outcome of a tool call', () => {
    const outcomes = [...STATUSES, ...Object.keys(ERROR_SIDES), ...TOOL_ERROR_KINDS]

    const reference = readFileSync('docs/outcomes.md', 'utf8')
    expect(outcomes.filter((outcome) => !reference.includes(`\`${outcome}\``))).toEqual([])
  })
})

describe('the migration page', () => {
  it('names the new program of each command that has moved', () => {
    const { moved = {} }: Program = VITALS
    const page = readFileSync('docs/migrate.md', 'utf8')

    expect(Object.keys(moved).length).toBeGreaterThan(0)
    for (const [command, program] of Object.entries(moved)) {
      expect(page).toContain(`| \`mcp-vitals ${command}\` | \`${program} ${command}\``)
    }
  })
})

describe('the documents', () => {
  it('link to files that exist', () => {
    const broken = DOCUMENTS.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map(([, target]) => join(dirname(document), String(target)))
        .filter((target) => !existsSync(target))
        .map((target) => `${document} → ${target}`),
    )

    expect(broken).toEqual([])
  })

  it('name files and folders of the repository that exist', () => {
    const named = DOCUMENTS.flatMap((document) =>
      [
        ...readFileSync(document, 'utf8').matchAll(/`((?:src|test|bench|k8s|otel|alerts|dashboards|docs)\/[\w./-]+)`/g),
      ].map(([, path = '']) => ({ document, path })),
    )

    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ path }) => !existsSync(path))).toEqual([])
  })

  it('are all reachable from the index docs/README.md', () => {
    const linked = [...readFileSync('docs/README.md', 'utf8').matchAll(/\]\(([^)#:]+)/g)].map(([, target = '']) =>
      join('docs', target),
    )
    const pages = globSync(['docs/*.md', '{alerts,dashboards,k8s,otel}/README.md', 'bench/*.md'])

    expect(pages.length).toBeGreaterThan(20)
    expect(pages.filter((page) => page !== 'docs/README.md' && !linked.includes(page))).toEqual([])
  })

  it('link to headings that exist', () => {
    const anchorsOf = (document: string) =>
      new Set(
        [...readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
          String(heading)
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
            .replaceAll(' ', '-'),
        ),
      )
    const links = DOCUMENTS.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*\.md)?#([^)]+)\)/g)].map(
        ([, file, anchor]) => ({
          from: document,
          to: file === undefined ? document : join(dirname(document), file),
          anchor: String(anchor),
        }),
      ),
    )

    expect(links.length).toBeGreaterThan(5)
    expect(links.filter(({ to, anchor }) => !anchorsOf(to).has(anchor))).toEqual([])
  })

  it('quote messages in the troubleshooting guide as the sources write them', () => {
    const sources = globSync('src/**/*.ts')
      .map((file) => readFileSync(file, 'utf8'))
      .join('\n')
    const quoted = readFileSync('docs/troubleshooting.md', 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      // What one sees is the first column; a message is what has spaces in it.
      .flatMap((row) => [...String(row.split(' | ')[0]).matchAll(/`([^`]+)`/g)].map(([, text]) => String(text)))
      .filter((text) => text.includes(' '))
      .flatMap((text) => text.split('…').map((part) => part.trim()))
      .filter((part) => part !== '')

    expect(quoted.length).toBeGreaterThan(10)
    expect(quoted.filter((part) => !sources.includes(part))).toEqual([])
  })

  it('name npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
    const named = DOCUMENTS.flatMap((document) =>
      [...readFileSync(document, 'utf8').matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => String(script)),
    )

    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
  })

  it('name the scrape job of the local stack next to each command that lets its server push', () => {
    const telling = [...DOCUMENTS, 'compose.yaml'].flatMap((document) =>
      readFileSync(document, 'utf8')
        .split('OTEL_METRICS_EXPORTER=otlp docker compose')
        .slice(1)
        .map((after) => ({ document, after: after.slice(0, 400) })),
    )
    expect(telling.map(({ document }) => document).toSorted()).toEqual(['compose.yaml', 'docs/containers.md'])
    const { scrape_configs } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
    const [{ job_name }] = scrape_configs.filter((scrape: unknown) => JSON.stringify(scrape).includes('mcp-server:'))
    expect(telling.filter(({ after }) => !after.includes(job_name))).toEqual([])
  })

  it('of the alerts name every job that rules and routes select, for users to replace', () => {
    const named = globSync('alerts/{*-alerts,alertmanager*}.yml').flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => !/^ *#/.test(line))
        .flatMap((line) => [...line.matchAll(/job="(mcp-hello-server[\w-]*)"/g)].map(([, job]) => ({ file, job }))),
    )
    const explained = readFileSync('alerts/README.md', 'utf8')
    expect(named.length).toBeGreaterThan(2)
    expect(named.filter(({ job }) => !explained.includes(`\`${job}\``))).toEqual([])
    const files = ['alerts/mcp-server-alerts.yml', 'alerts/alertmanager.yml', 'alerts/alertmanager-local.yml']
    expect([...new Set(named.map(({ file }) => file))].filter((file) => !files.includes(file))).toEqual([])
  })

  it('about scraping less often link to the setting of the data source, which no dashboard overrides', () => {
    const drawn = globSync('dashboards/*.json').map((file) => readFileSync(file, 'utf8'))
    expect(drawn.length).toBeGreaterThan(3)
    expect(drawn.filter((json) => /rate\([^[]*\[\d/.test(json))).toEqual([])
    const guides = ['docs/retention.md', 'docs/troubleshooting.md']
    const linking = guides.filter((file) => readFileSync(file, 'utf8').includes('dashboards/README.md#the-data-source'))
    expect(linking).toEqual(guides)
  })

  it('name series that the catalog or a known package has', () => {
    const known = new Set([...KNOWN_SERIES.keys(), ...Object.values(KNOWN).map(({ series }) => series)])
    const bases = [...known].map((series) => series.replace(/_(bucket|sum|count)$/, ''))
    const named = DOCUMENTS.flatMap((document) =>
      [
        ...readFileSync(document, 'utf8').matchAll(
          /`((?:mcp|process|nodejs|v8js|otelcol)_[a-z0-9_]+_(?:total|seconds|bytes|ratio))\b/g,
        ),
      ].map(([, series = '']) => ({ document, series })),
    )
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter(({ series }) => !bases.includes(series) && !known.has(series))).toEqual([])
  })
})
