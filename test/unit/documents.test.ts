import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { ERROR_SIDES, STATUSES, TOOL_ERROR_KINDS } from '../../src/catalog/attributes.ts'

const readme = readFileSync('README.md', 'utf8')
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('{bench,dashboards,docs}/*.md')]

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

test('commands that the documents name are there', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const named = documents.flatMap((document) =>
    [...readFileSync(document, 'utf8').matchAll(/npm run ([a-z:]+)/g)].map(([, script]) => String(script)),
  )

  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((script) => !(script in scripts))).toEqual([])
})
