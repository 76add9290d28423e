// Tests that the name of an image in a pull error is not mistaken for the response of the registry.
import { describe, expect, it } from 'vitest'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const FIXTURE_IMAGE = 'registry.example.com/shop/web:1.8.3'

function issuesOf(image: string, change = (text: string) => text): string[] {
  const text = JSON.stringify(issueFixture('image_not_found').objects).replaceAll(FIXTURE_IMAGE, image)
  return diagnose(snapshotOf(JSON.parse(change(text)) as ApiObject[]), FIXTURE_NOW).findings.map(({ issue }) => issue)
}

describe('diagnose', () => {
  it.each([
    'r.example/app:429',
    'r.example/app:1.0.403',
    'app:401',
    'r.example:5000/denied/unauthorized-proxy:x509-500',
  ])('does not read a registry status from the image name %s', (image) => {
    expect(issuesOf(image)).toEqual(['image_not_found'])
  })

  it('does not read a registry status from a tag in a URL or in a normalized image name', () => {
    const said = (text: string) =>
      text.replaceAll(
        'app:503: not found',
        'unexpected status from HEAD request to https://r.example/v2/app/manifests/503: 404 Not Found',
      )
    expect(issuesOf('r.example/app:503', said)).toEqual(['image_not_found'])
    const normal = (text: string) => text.replaceAll(/(reference \\")app:503/g, '$1docker.io/library/app:503')
    expect(issuesOf('app:503', normal)).toEqual(['image_not_found'])
  })

  it('reads the status that the registry returned, even if the tag looks like a status', () => {
    const said = (text: string) => text.replaceAll(/: not found(?=")/g, ': 429 Too Many Requests')
    expect(issuesOf('r.example/app:4', said)).toEqual(['image_pull_rate_limited'])
    expect(issuesOf('r.example/app:404', said)).toEqual(['image_pull_rate_limited'])
  })
})
