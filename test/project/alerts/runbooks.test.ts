// The commands of the runbooks: what somebody pastes at night has to find what it looks for.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { objectsIn, ofKind } from '../../support/cluster/kubernetes-objects.ts'
import { runbooks, runbookText } from '../../support/prometheus/rule-files.ts'

const commands = runbooks().flatMap((name) =>
  [...runbookText(name).matchAll(/```sh\n(.*?)```/gs)]
    .flatMap(([, block]) => String(block).trim().split('\n'))
    .map((command) => ({ name, command })),
)
const starting = (program: string) => commands.filter(({ command }) => command.startsWith(`${program} `))

test('logs that are selected by a label say how many lines they want: kubectl gives ten', () => {
  const selected = starting('kubectl logs').filter(({ command }) => / -l /.test(command))
  expect(selected.length).toBeGreaterThan(5)
  expect(selected.filter(({ command }) => !/ --tail=-?\d/.test(command))).toEqual([])
  // What is looked for may be in any line.
  const searched = selected.filter(({ command }) => / \| (grep|tail)/.test(command))
  expect(searched.length).toBeGreaterThan(3)
  expect(searched.filter(({ command }) => !command.includes(' --tail=-1 '))).toEqual([])
})

test('a search for a level finds the lines of our logger that have it', () => {
  const lines: string[] = []
  createLogger({ destination: { write: (line) => lines.push(line) } }).error('a fault')
  const sought = commands.flatMap(({ command }) => [...command.matchAll(/grep '("level":[^']+)'/g)])
  expect(sought.length).toBeGreaterThan(0)
  for (const [, text = ''] of sought) expect(lines.join('')).toContain(text)
})

test('promtool is given files of rules only', () => {
  const checks = starting('promtool check rules')
  expect(checks.length).toBeGreaterThan(0)
  for (const { command } of checks) {
    const files = globSync(command.split(' ').slice(3))
    expect(files.length).toBeGreaterThan(5)
    const others = files.filter((file) => !('groups' in parse(readFileSync(file, 'utf8'))))
    expect(others, command).toEqual([])
  }
})

test('the egress that lets servers push to Prometheus themselves is the one that the gateway has', () => {
  const [, block = ''] = /```yaml\n(.*?)```/s.exec(runbookText('OTelGatewayDown')) ?? []
  const text = readFileSync('k8s/components/networkpolicy/otel-gateway.yaml', 'utf8')
  const [policy] = ofKind(objectsIn(text), 'NetworkPolicy')
  expect(parse(block)).toHaveLength(1)
  expect(policy?.spec.egress).toEqual(expect.arrayContaining(parse(block)))
})
