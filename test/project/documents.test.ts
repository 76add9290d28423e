import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { KNOWN } from '../../src/dashboards/known-metrics.ts'
import { ERROR_SIDES, STATUSES, TOOL_ERROR_KINDS } from '../../src/instrumentation/catalog/outcome-values.ts'
import { KNOWN_SERIES } from '../support/prometheus/known-series.ts'

const readme = readFileSync('README.md', 'utf8')
const documents = globSync(['*.md', '{alerts,bench,dashboards,docs,k8s,otel}/**/*.md'])

test('the README has every variable that the sources read by name', () => {
  const read = globSync('src/{server,telemetry}/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/'((?:OTEL|MCP_VITALS)_[A-Z_]*[A-Z])'/g)].map(([, name]) => String(name)),
  )

  expect(read.length).toBeGreaterThan(20)
  expect([...new Set(read)].filter((name) => !readme.includes(`\`${name}`))).toEqual([])
})

test('the README has every outcome of a tool call', () => {
  const outcomes = [...STATUSES, ...Object.keys(ERROR_SIDES), ...TOOL_ERROR_KINDS]

  expect(outcomes.filter((outcome) => !readme.includes(`\`${outcome}\``))).toEqual([])
})

test('links between documents lead to files that are there', () => {
  const broken = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)]
      .map(([, target]) => join(dirname(document), String(target)))
      .filter((target) => !existsSync(target))
      .map((target) => `${document} → ${target}`),
  )

  expect(broken).toEqual([])
})

test('links to a section lead to a heading', () => {
  const anchorsOf = (document: string) =>
    new Set(
      [...readFileSync(document, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
        String(heading)
          .toLowerCase()
          .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
          .replaceAll(' ', '-'),
      ),
    )
  const links = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/\]\((?!https?:)([^)#]*\.md)?#([^)]+)\)/g)].map(([, file, anchor]) => ({
      from: document,
      to: file === undefined ? document : join(dirname(document), file),
      anchor: String(anchor),
    })),
  )

  expect(links.length).toBeGreaterThan(5)
  expect(links.filter(({ to, anchor }) => !anchorsOf(to).has(anchor))).toEqual([])
})

test('messages that the troubleshooting guide quotes are those of the sources', () => {
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

test('commands that the documents name are there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const named = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => String(script)),
  )

  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((script) => !(script in scripts))).toEqual([])
})

test('whoever is told to let the server of the local stack push is told what becomes of its target', () => {
  const telling = [...documents, 'compose.yaml'].flatMap((document) =>
    readFileSync(document, 'utf8')
      .split('OTEL_METRICS_EXPORTER=otlp docker compose')
      .slice(1)
      .map((after) => ({ document, after: after.slice(0, 400) })),
  )
  expect(telling.map(({ document }) => document).toSorted()).toEqual(['README.md', 'compose.yaml'])
  const { scrape_configs } = parse(readFileSync('alerts/prometheus.yml', 'utf8'))
  const [{ job_name }] = scrape_configs.filter((scrape: unknown) => JSON.stringify(scrape).includes('mcp-server:'))
  expect(telling.filter(({ after }) => !after.includes(job_name))).toEqual([])
})

test('every job that alerts and routes name is one that the README of the alerts tells to replace by its own', () => {
  const named = globSync('alerts/{*-alerts,alertmanager*}.yml').flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => !/^ *#/.test(line))
      .flatMap((line) => [...line.matchAll(/job="(mcp-hello-server[\w-]*)"/g)].map(([, job]) => ({ file, job }))),
  )
  const [, section = ''] =
    /## Before you use them\n\n- \*\*Your job\.\*\*(.*?)\n- /s.exec(readFileSync('alerts/README.md', 'utf8')) ?? []
  expect(named.length).toBeGreaterThan(2)
  expect(named.filter(({ job }) => !section.includes(`\`${job}\``))).toEqual([])
  const files = ['alerts/mcp-server-alerts.yml', 'alerts/alertmanager.yml', 'alerts/alertmanager-local.yml']
  expect([...new Set(named.map(({ file }) => file))].filter((file) => !files.includes(file))).toEqual([])
})

test('what is said of scraping less often holds of the shortest window of a rule, and of what dashboards look over', () => {
  const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
  const windows = globSync('alerts/*{-alerts,recording-rules}.yml').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\[(\d+)([smhd])/g)].map(
      ([, n, unit = '']) => Number(n) * (SECONDS[unit] ?? 0),
    ),
  )
  const advice = /1\. \*\*Scrape less often\.\*\*(.*?)\n\d/s.exec(readFileSync('docs/retention.md', 'utf8'))?.[1] ?? ''
  expect(advice).toContain(`Rules look over ${Math.min(...windows) / 60} minutes`)

  const drawn = globSync('dashboards/*.json').map((file) => readFileSync(file, 'utf8'))
  expect(drawn.filter((json) => /rate\([^[]*\[\d/.test(json))).toEqual([])
  const troubleshooting = readFileSync('docs/troubleshooting.md', 'utf8')
  expect([advice, troubleshooting].filter((text) => !text.includes('dashboards/README.md#the-data-source'))).toEqual([])
})

test('series that the documents name are those of somebody', () => {
  const known = new Set([...KNOWN_SERIES.keys(), ...Object.values(KNOWN).map(({ series }) => series)])
  const bases = [...known].map((series) => series.replace(/_(bucket|sum|count)$/, ''))
  const named = documents.flatMap((document) =>
    [
      ...readFileSync(document, 'utf8').matchAll(
        /`((?:mcp|process|nodejs|v8js|otelcol)_[a-z0-9_]+_(?:total|seconds|bytes|ratio))\b/g,
      ),
    ].map(([, series = '']) => ({ document, series })),
  )
  expect(named.length).toBeGreaterThan(30)
  expect(named.filter(({ series }) => !bases.includes(series) && !known.has(series))).toEqual([])
})
