import { describe, expect, it } from 'vitest'
import { ToolError } from '../../../../src/index.ts'
import { clusterGauges } from '../../../../src/server/kubernetes/cluster-gauges.ts'
import { namespaceScope } from '../../../../src/server/kubernetes/namespace-scope.ts'
import type { ApiObject } from '../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixtures } from '../../../support/cluster/issue-fixtures.ts'
import { memoryReader } from '../../../support/cluster/memory-reader.ts'
import { recordSeries } from '../../../support/telemetry/recorded-series.ts'

const NOW = Date.parse('2026-11-01T12:00:00Z')

function pod(namespace: string, name: string, phase: string, waiting?: string): ApiObject {
  const state = waiting === undefined ? { running: {} } : { waiting: { reason: waiting, message: 'no such image' } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, uid: `${namespace}-${name}`, creationTimestamp: '2026-11-01T11:00:00Z' },
    spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'shop/app:1' }] },
    status: { phase, containerStatuses: [{ name: 'app', ready: waiting === undefined, restartCount: 0, state }] },
  } as unknown as ApiObject
}

async function gaugesOf(looks: readonly (readonly ApiObject[])[]) {
  const series = recordSeries()
  const objects: ApiObject[] = []
  const scope = namespaceScope()
  const look = clusterGauges({ reader: memoryReader(objects), scope, now: () => NOW })
  for (const seen of looks) {
    objects.splice(0, objects.length, ...seen)
    await look()
  }
  const all = await series.all()
  return Object.fromEntries([...all].filter(([key]) => key.startsWith('mcp_cluster_')).sort())
}

function node(name: string, ready: 'True' | 'Unknown'): ApiObject {
  const condition = {
    type: 'Ready',
    status: ready,
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting',
    lastTransitionTime: '2026-11-01T11:00:00Z',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, uid: name, creationTimestamp: '2026-10-01T00:00:00Z' },
    spec: {},
    status: { conditions: [condition] },
  } as unknown as ApiObject
}

describe('clusterGauges', () => {
  it('counts pods by namespace and phase, and open issues of unhealthy pods only', async () => {
    const pods = [
      pod('shop', 'a', 'Running'),
      pod('shop', 'b', 'Pending', 'ImagePullBackOff'),
      pod('data', 'c', 'Running'),
    ]
    const gauges = await gaugesOf([pods])
    expect(gauges).toMatchObject({
      'mcp_cluster_pods{namespace="data",phase="Running"}': 1,
      'mcp_cluster_pods{namespace="shop",phase="Pending"}': 1,
      'mcp_cluster_pods{namespace="shop",phase="Running"}': 1,
    })
    const issues = Object.entries(gauges).filter(([key]) => key.startsWith('mcp_cluster_open_issues'))
    expect(issues.map(([, count]) => count)).toEqual([1])
    expect(issues[0]?.[0]).toContain('namespace="shop"')
  })

  it('sets a series to 0 when its pods or issues are gone', async () => {
    const gauges = await gaugesOf([
      [pod('shop', 'a', 'Running'), pod('shop', 'b', 'Pending', 'ImagePullBackOff')],
      [pod('shop', 'a', 'Running'), pod('shop', 'b', 'Running')],
    ])
    expect(gauges['mcp_cluster_pods{namespace="shop",phase="Pending"}']).toBe(0)
    expect(gauges['mcp_cluster_pods{namespace="shop",phase="Running"}']).toBe(2)
    expect(Object.entries(gauges).filter(([key, count]) => key.includes('open_issues') && count !== 0)).toEqual([])
  })

  it('counts an unhealthy node once, whether it runs pods of two namespaces or none', async () => {
    const nodeIssues = async (objects: readonly ApiObject[]) =>
      Object.entries(await gaugesOf([objects])).filter(
        ([key]) => key.includes('open_issues') && !key.includes('namespace='),
      )
    const busy = await nodeIssues([node('n1', 'Unknown'), pod('shop', 'a', 'Running'), pod('data', 'b', 'Running')])
    const empty = await nodeIssues([node('n2', 'Unknown')])
    expect(busy.map(([, count]) => count)).toEqual([1])
    expect(empty.map(([, count]) => count)).toEqual([1])
  })

  it.each(['Pod', 'Deployment', 'Node'] as const)(
    'rejects and keeps the open issues while the API is unavailable for objects of kind %s',
    async (kind) => {
      const series = recordSeries()
      const faults: Partial<Record<typeof kind, () => Error>> = {}
      const objects = [pod('shop', 'b', 'Pending', 'ImagePullBackOff')]
      const look = clusterGauges({ reader: memoryReader(objects, { faults }), scope: namespaceScope(), now: () => NOW })
      await look()
      faults[kind] = () => new ToolError('unavailable', 'gone')
      await expect(look()).rejects.toThrow(ToolError)
      const open = [...(await series.all())].filter(([key]) => key.startsWith('mcp_cluster_open_issues'))
      expect(open.map(([, count]) => count)).toEqual([1])
    },
  )

  it('leaves out a kind that it may not read, and reports the rest', async () => {
    const series = recordSeries()
    const faults = { Deployment: () => new ToolError('forbidden', 'no') }
    const objects = [pod('shop', 'a', 'Running')]
    await clusterGauges({ reader: memoryReader(objects, { faults }), scope: namespaceScope(), now: () => NOW })()
    expect((await series.all()).get('mcp_cluster_pods{namespace="shop",phase="Running"}')).toBe(1)
  })

  it('sums label sets beyond its limit under _OTHER, and keeps that sum correct when issues go', async () => {
    // Pods with about forty issue types, in each of many namespaces.
    const pods = issueFixtures().flatMap(({ name, objects }) =>
      objects
        .filter(({ kind }) => kind === 'Pod')
        .map((object, at) => ({ object, name: `${name}-${at}`.toLowerCase() })),
    )
    const inNamespace = (namespace: string) =>
      pods.map(({ object, name }) => ({
        ...object,
        metadata: { ...object.metadata, namespace, name, uid: `${namespace}-${name}`, ownerReferences: [] },
      })) as ApiObject[]
    const gauges = () => {
      const series = recordSeries()
      const objects: ApiObject[] = []
      const look = clusterGauges({ reader: memoryReader(objects), scope: namespaceScope(), now: () => FIXTURE_NOW })
      return async (namespaces: readonly string[]) => {
        objects.splice(0, objects.length, ...namespaces.flatMap(inNamespace))
        await look()
        return [...(await series.all())].filter(
          ([key, count]) => key.startsWith('mcp_cluster_open_issues') && count > 0,
        )
      }
    }
    const sum = (issues: readonly (readonly [string, number])[]) => issues.reduce((all, [, count]) => all + count, 0)
    const one = await gauges()(['n00'])
    // Slightly more series than the instrument itself allows: this tests sums, not speed.
    const names = Array.from({ length: Math.ceil(2_100 / one.length) }, (_, at) => `n${String(at).padStart(2, '0')}`)
    const issuesOf = gauges()

    const all = await issuesOf(names)
    const fewer = await issuesOf(names.slice(1))

    expect(all.length).toBeLessThan(1_600)
    expect(all.some(([key]) => key.includes('namespace="_OTHER"'))).toBe(true)
    expect(all.some(([key]) => key.includes('otel_metric_overflow'))).toBe(false)
    expect(sum(all)).toBe(names.length * sum(one))
    expect(sum(fewer)).toBe((names.length - 1) * sum(one))
  })

  it('yields to the event loop while it diagnoses a single large namespace', async () => {
    const pods = Array.from({ length: 5_000 }, (_, at) => pod('shop', `p${at}`, 'Pending', 'ImagePullBackOff'))
    let turns = 0
    let looking = true
    const turn = () => {
      turns += 1
      if (looking) setImmediate(turn)
    }
    const look = clusterGauges({ reader: memoryReader(pods), scope: namespaceScope(), now: () => NOW })
    setImmediate(turn)
    await look()
    looking = false
    // Two of these turns come from the end of the nodes and the end of the namespace.
    expect(turns).toBeGreaterThan(6)
  })

  it('rejects and leaves the gauges unchanged when its signal aborts', async () => {
    const series = recordSeries()
    const objects = [pod('shop', 'a', 'Running')]
    const look = clusterGauges({ reader: memoryReader(objects), scope: namespaceScope(), now: () => NOW })
    await look()
    objects.push(...Array.from({ length: 5_000 }, (_, at) => pod('shop', `p${at}`, 'Pending', 'ImagePullBackOff')))
    const ending = new AbortController()
    const ended = look(ending.signal)
    setImmediate(() => ending.abort(new Error('the end')))
    await expect(ended).rejects.toThrow('the end')
    const told = [...(await series.all())].filter(([key, count]) => key.startsWith('mcp_cluster_') && count !== 0)
    expect(told).toEqual([['mcp_cluster_pods{namespace="shop",phase="Running"}', 1]])
  })
})
