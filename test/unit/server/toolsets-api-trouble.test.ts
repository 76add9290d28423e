// Tests each Kubernetes tool under every kind of API failure: a clear error in time, and recovery afterwards.
import { describe, expect, it } from 'vitest'
import { TOOL_ERROR_KINDS } from '../../../src/index.ts'
import { DEADLINE_MS, startTools, TROUBLES } from '../../support/cluster/api-troubles.ts'

describe.each(TROUBLES)('each Kubernetes tool when the API fails with %s', (_, trouble, kinds) => {
  it('returns a readable error of a known kind in time, uses bounded memory, and works again afterwards', async () => {
    const { cluster, series, call, names, offered } = await startTools()
    const asking = offered.filter((name) => name !== 'hello_world' && name !== 'apply_remediation')
    expect(names.toSorted()).toEqual(asking.toSorted())
    cluster.faults.add({ trouble })
    const before = process.memoryUsage().rss

    const check = async (name: string) => {
      const answer = await call(name)
      expect(answer.isError, `${name}: ${answer.text}`).toBe(true)
      expect(answer.took, name).toBeLessThan(DEADLINE_MS)
      // A readable sentence, without any part of the API response.
      expect(answer.text, name).toMatch(/^[A-Z].{20,400}\.$/s)
      expect(answer.text, name).not.toMatch(/html|<|undefined|\[object/)
    }
    // In sequence to measure memory, otherwise in parallel because the tools mostly wait.
    if (trouble.kind === 'huge') for (const name of names) await check(name)
    else await Promise.all(names.map(check))

    const errors = [...(await series.all())].filter(
      ([key, count]) => key.startsWith('mcp_tool_errors_total') && count > 0,
    )
    const seen = new Set(errors.map(([key]) => /error_type="([^"]*)"/.exec(key)?.[1] ?? ''))
    expect([...seen].filter((kind) => !kinds.includes(kind))).toEqual([])
    expect(kinds.every((kind) => (TOOL_ERROR_KINDS as readonly string[]).includes(kind))).toBe(true)
    // A tool drops a response at 16 MiB, and fifteen tools in sequence do not add up.
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    cluster.faults.clear()
    for (const name of names) expect(await call(name), name).toMatchObject({ isError: false })
  }, 120_000)
})

describe('each Kubernetes tool when the API server is down', () => {
  it('returns an error that says so, and works again when the API server is back', async () => {
    const { cluster, call, names } = await startTools()
    await cluster.leave()
    for (const name of names) {
      const answer = await call(name)
      expect(answer.isError, name).toBe(true)
      expect(answer.text, name).toMatch(/could not be reached|did not answer in time/)
    }
    await cluster.comeBack()

    for (const name of names) expect(await call(name), name).toMatchObject({ isError: false })
  }, 60_000)
})
