// Every tool that asks the Kubernetes API, under every trouble that the API can have: a clear error in time, of a kind that is known, and all
// is well again when the trouble is over.

import { describe, expect, test } from 'vitest'
import { TOOL_ERROR_KINDS } from '../../../src/index.ts'
import { DEADLINE_MS, startTools, TROUBLES } from '../../support/cluster/api-troubles.ts'

describe.each(TROUBLES)('with %s', (_, trouble, kinds) => {
  test('each tool ends in time with an error that says what to do, and works again afterwards', async () => {
    const { cluster, series, call, names, offered } = await startTools()
    const asking = offered.filter((name) => name !== 'hello_world' && name !== 'apply_remediation')
    expect(names.toSorted()).toEqual(asking.toSorted())
    cluster.faults.add({ trouble })
    const before = process.memoryUsage().rss

    const check = async (name: string) => {
      const answer = await call(name)
      expect(answer.isError, `${name}: ${answer.text}`).toBe(true)
      expect(answer.took, name).toBeLessThan(DEADLINE_MS)
      // A sentence for whoever reads it, and nothing of the answer.
      expect(answer.text, name).toMatch(/^[A-Z].{20,400}\.$/s)
      expect(answer.text, name).not.toMatch(/html|<|undefined|\[object/)
    }
    // One after the other where it is about memory, else all at once: most of it is waiting.
    if (trouble.kind === 'huge') for (const name of names) await check(name)
    else await Promise.all(names.map(check))

    const errors = [...(await series.all())].filter(
      ([key, count]) => key.startsWith('mcp_tool_errors_total') && count > 0,
    )
    const seen = new Set(errors.map(([key]) => /error_type="([^"]*)"/.exec(key)?.[1] ?? ''))
    expect([...seen].filter((kind) => !kinds.includes(kind))).toEqual([])
    expect(kinds.every((kind) => (TOOL_ERROR_KINDS as readonly string[]).includes(kind))).toBe(true)
    // Each answer is given up at 16 MiB; fifteen tools one after the other do not add up.
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000)
    cluster.faults.clear()
    for (const name of names) expect(await call(name), name).toMatchObject({ isError: false })
  }, 120_000)
})

test('an API server that is gone is an error at once for each tool, and is found again when it is back', async () => {
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
