// Tests remediation under every kind of API failure: no change runs twice, and no outcome is wrong.
import { describe, expect, it } from 'vitest'
import { DEADLINE_MS, startTools, TROUBLES } from '../../../../support/cluster/api-troubles.ts'

/** Where the failure starts: with every request, or with the change. */
const WRITES = ['patch', 'scale', 'evict']
const BEFALLS: readonly [where: string, on: ((operation: { operation: string }) => boolean) | undefined][] = [
  ['every request', undefined],
  ['only the write', ({ operation }) => WRITES.includes(operation)],
]

describe('apply_remediation', () => {
  it.each(BEFALLS)(
    'returns a clear error, counts it once, does not retry and changes nothing when %s fails',
    async (_, on) => {
      const { cluster, client, series } = await startTools()
      const web = { kind: 'Deployment', namespace: 'shop', name: 'web' }
      const specOf = () => JSON.stringify(cluster.store.get('deployments', 'shop', 'web')?.spec)
      const before = specOf()
      const outcomes = async () => {
        const counted = await series.nonZero('mcp_remediation_actions_total')
        const of = (outcome: string) =>
          counted[`mcp_remediation_actions_total{action="restart",outcome="${outcome}"}`] ?? 0
        return { planned: of('planned'), ended: of('refused') + of('failed'), applied: of('applied') + of('verified') }
      }
      for (const [at, [what, trouble]] of TROUBLES.entries()) {
        const planned = await client.callTool({ name: 'plan_restart', arguments: web })
        const { confirmation } = planned.structuredContent as { confirmation: string }
        let sent = 0
        cluster.faults.add({
          trouble,
          on: (operation) => (on?.(operation) ?? true) && WRITES.includes(operation.operation) && ++sent > 0,
        })
        if (on === undefined) cluster.faults.add({ trouble })
        const startedAt = performance.now()
        const applying = { name: 'apply_remediation', arguments: { action: 'restart', ...web, confirmation } }

        const answer = await client.callTool(applying)

        expect(answer.isError, what).toBe(true)
        expect(performance.now() - startedAt, what).toBeLessThan(DEADLINE_MS)
        const [content] = answer.content as { text: string }[]
        expect(content?.text, what).toMatch(/^[A-Z].{20,400}\.$/s)
        expect(content?.text, what).not.toMatch(/html|<|undefined|\[object/)
        expect(sent, what).toBe(on === undefined ? 0 : 1)
        expect(await outcomes(), what).toEqual({ planned: at + 1, ended: 2 * at + 1, applied: 0 })
        cluster.faults.clear()
        // A confirmation is valid once. The second call is refused, and that counts too.
        expect((await client.callTool(applying)).isError, what).toBe(true)
        expect(await outcomes(), what).toEqual({ planned: at + 1, ended: 2 * at + 2, applied: 0 })
        expect(specOf(), what).toBe(before)
      }
    },
    120_000,
  )
})
