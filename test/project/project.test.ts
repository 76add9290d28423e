import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { SCOPE } from '../../src/instrumentation/catalog/scope.ts'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

test('the version that is reported is the version that is published', () => {
  expect(SCOPE).toEqual({ name: manifest.name, version: manifest.version })
})

test('one copy of the metrics SDK is installed: a second would collect nothing of the first', () => {
  const copies = globSync('node_modules/**/@opentelemetry/sdk-metrics/package.json')
  expect(copies).toEqual(['node_modules/@opentelemetry/sdk-metrics/package.json'])
  expect(JSON.parse(readFileSync(copies[0] ?? '', 'utf8')).version).toBe('3.1.0')
})

test('every version is pinned', () => {
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)),
  )
  expect(ranges).toEqual([])
})

test('the lock file names no registry', () => {
  expect(readFileSync('package-lock.json', 'utf8')).not.toMatch(/"resolved": "https?:/)
})

test('the lock file has the optional packages of every platform: without one, npm ci fails on all of them', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
  const locked = Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13))

  expect(wanted.length).toBeGreaterThan(20)
  expect(wanted.filter((name) => !locked.includes(name))).toEqual([])
})

test('no file of code is over 300 lines', () => {
  const tracked = execFileSync('git', ['ls-files', '-z', '--', 'src', 'test', 'bench'], { encoding: 'utf8' })
  const code = tracked.split('\0').filter((file) => /\.(ts|mjs)$/.test(file) && existsSync(file))
  expect(code.length).toBeGreaterThan(500)

  const lengths = code.map((file) => ({ file, lines: readFileSync(file, 'utf8').trimEnd().split('\n').length }))
  const over = lengths.filter(({ lines }) => lines > 300).map(({ file, lines }) => `${file} has ${lines} lines`)
  expect(over).toEqual([])
})

test('scripts run on the Node of the project, whatever the machine has', () => {
  expect(manifest.devDependencies.node).toMatch(/^2[2-9]\./)
  expect(execFileSync('npm', ['exec', '--', 'node', '--version'], { encoding: 'utf8' }).trim()).toBe(
    `v${manifest.devDependencies.node}`,
  )
})
