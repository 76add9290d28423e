// Checks that the commands in the runbooks work when an on-call engineer pastes them.
import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
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

describe('the runbook commands', () => {
  it('set --tail for logs selected by label, since kubectl prints ten lines, and --tail=-1 for searches', () => {
    const selected = starting('kubectl logs').filter(({ command }) => / -l /.test(command))
    expect(selected.length).toBeGreaterThan(5)
    expect(selected.filter(({ command }) => !/ --tail=-?\d/.test(command))).toEqual([])
    // A match may be in any line.
    const searched = selected.filter(({ command }) => / \| (grep|tail)/.test(command))
    expect(searched.length).toBeGreaterThan(3)
    expect(searched.filter(({ command }) => !command.includes(' --tail=-1 '))).toEqual([])
  })

  it('search for a log level in the form that the logger writes', () => {
    const lines: string[] = []
    createLogger({ destination: { write: (line) => lines.push(line) } }).error('a fault')
    const sought = commands.flatMap(({ command }) => [...command.matchAll(/grep '("level":[^']+)'/g)])
    expect(sought.length).toBeGreaterThan(0)
    for (const [, text = ''] of sought) expect(lines.join('')).toContain(text)
  })

  it('pass only rule files to `promtool check rules`', () => {
    const checks = starting('promtool check rules')
    expect(checks.length).toBeGreaterThan(0)
    for (const { command } of checks) {
      const files = globSync(command.split(' ').slice(3))
      expect(files.length).toBeGreaterThan(5)
      const others = files.filter((file) => !('groups' in parse(readFileSync(file, 'utf8'))))
      expect(others, command).toEqual([])
    }
  })
})

describe('the OTelGatewayDown runbook', () => {
  it('gives servers the same egress rule to Prometheus as the gateway has', () => {
    const [, block = ''] = /```yaml\n(.*?)```/s.exec(runbookText('OTelGatewayDown')) ?? []
    const text = readFileSync('k8s/components/networkpolicy/otel-gateway.yaml', 'utf8')
    const [policy] = ofKind(objectsIn(text), 'NetworkPolicy')
    expect(parse(block)).toHaveLength(1)
    expect(policy?.spec.egress).toEqual(expect.arrayContaining(parse(block)))
  })
})
