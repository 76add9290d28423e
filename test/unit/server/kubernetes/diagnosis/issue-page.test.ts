import { describe, expect, it } from 'vitest'
import { issuePage } from '../../../../../src/server/kubernetes/diagnosis/issue-page.ts'
import { ISSUE_RULES } from '../../../../../src/server/kubernetes/diagnosis/issue-rules.ts'

describe('issuePage', () => {
  it('has one entry for each issue type, which its id leads to', () => {
    const ids = [...issuePage().matchAll(/<section class="card" id="([^"]*)">/g)].map(([, id]) => id)
    expect(ids.toSorted()).toEqual(ISSUE_RULES.map(({ id }) => id).toSorted())
  })

  it('has text and no markup of its own in the entries, and no script', () => {
    const page = issuePage()
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/g)].map(([, tag]) => tag))
    expect([...tags].toSorted()).toEqual(
      [
        'a',
        'b',
        'body',
        'code',
        'dd',
        'dl',
        'dt',
        'h1',
        'h2',
        'h3',
        'head',
        'html',
        'link',
        'main',
        'meta',
        'p',
      ].concat(['section', 'title']),
    )
    expect(page).not.toContain('`')
  })
})
