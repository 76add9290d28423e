import { describe, expect, it } from 'vitest'
import { explanations, rootOf } from '../../../../../src/server/kubernetes/diagnosis/causality.ts'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import { diagnosisText } from '../../../../../src/server/tools/diagnosis-text.ts'
import { diagnosisAnswer } from '../../../../../src/server/tools/finding-output.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const ago = (minutes: number) => new Date(FIXTURE_NOW - minutes * 60_000).toISOString()

const metadata = (name: string, more: object = {}) => ({
  ...{ name, namespace: 'shop', uid: `uid-${name}`, creationTimestamp: ago(60) },
  ...more,
})
const pod = (name: string, host: string, state: object, ready = false) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: metadata(name, { labels: { app: name } }),
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'c', image: 'r/c:1', readinessProbe: {}, env: [{ name: 'DB', value: host }] }],
  },
  status: { phase: 'Running', containerStatuses: [{ name: 'c', ready, restartCount: 4, state, lastState: {} }] },
})
const CRASHING = { waiting: { reason: 'CrashLoopBackOff' } }
const HANGING = { running: { startedAt: ago(14) } }
const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('db'),
  spec: { selector: { app: 'db' } },
}
const slice = {
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: metadata('db-x', { labels: { 'kubernetes.io/service-name': 'db' } }),
  endpoints: [{ conditions: { ready: false } }],
}

function rootsOf(dependents: readonly string[]): readonly string[] {
  const pods = dependents.map((host, index) => pod(`web-${index}`, host, CRASHING))
  const objects = [...pods, pod('db', '', HANGING), service, slice] as unknown as ApiObject[]
  const snapshot = snapshotOf(objects)
  const { findings } = diagnose(snapshot, FIXTURE_NOW)
  const explained = explanations(findings, snapshot)
  return [...new Set(findings.map((finding) => rootOf(finding, explained)))].map(
    ({ issue, object }) => `${issue} ${object.name}`,
  )
}

describe('diagnosisAnswer', () => {
  it('has one headline for a broken database and five dependents', () => {
    const hosts = ['db', 'db:5432', 'postgres://u@db:5432/x', 'db.shop.svc', 'http://db/']
    const pods = hosts.map((host, index) => pod(`web-${index}`, host, CRASHING))
    const snapshot = snapshotOf([...pods, pod('db', '', HANGING), service, slice] as unknown as ApiObject[])
    const answer = diagnosisAnswer(diagnose(snapshot, FIXTURE_NOW), [], { limit: 10, snapshot, now: FIXTURE_NOW })

    expect(answer.findings).toHaveLength(1)
    expect(answer.findings[0]).toMatchObject({
      ...{ count: 1, objects: ['Pod/db'], age: '14 min' },
      symptoms: [
        { issue: 'crash_loop', count: 5 },
        { issue: 'service_without_endpoints', count: 1 },
      ],
    })
    expect(diagnosisText('Namespace shop', { ...answer }).match(/^\d+\. /gm)).toHaveLength(1)
  })
})

describe('explanations', () => {
  it('puts five dependents and the Service below the database that hangs', () => {
    const hosts = ['db', 'db:5432', 'postgres://u@db:5432/x', 'db.shop.svc', 'http://db/']
    expect(rootsOf(hosts)).toEqual(['readiness_failing db'])
  })

  it('leaves pods alone that do not name the Service', () => {
    expect(rootsOf(['dbx:5432', 'my-db'])).toEqual(['crash_loop web-0', 'crash_loop web-1', 'readiness_failing db'])
  })
})
