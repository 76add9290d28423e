// Tests the patch formats of the simulated API server.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchObject } from '../../../../src/server/simulated/patch-object.ts'
import { StatusError } from '../../../../src/server/simulated/status-error.ts'

const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json; charset=utf-8'
const JSON_PATCH = 'application/json-patch+json'

describe('patchObject', () => {
  it('applies a merge patch as RFC 7386 defines it, without changing the object', () => {
    const object = { a: 'b', c: { d: 'e', f: 'g' }, list: [1, 2] }

    expect(patchObject(object, MERGE, { a: 'z', c: { f: null }, list: [3] })).toEqual({
      a: 'z',
      c: { d: 'e' },
      list: [3],
    })
    expect(object).toEqual({ a: 'b', c: { d: 'e', f: 'g' }, list: [1, 2] })
  })

  it('merges named list items, deletes marked ones, and replaces other lists with a strategic merge patch', () => {
    const object = { containers: [{ name: 'a', env: [{ name: 'X', value: '1' }] }, { name: 'b' }], args: ['1', '2'] }
    const env = [
      { name: 'X', $patch: 'delete' },
      { name: 'Y', value: '2' },
    ]

    const patched = patchObject(object, STRATEGIC, { containers: [{ name: 'a', env }, { name: 'c' }], args: ['3'] })

    expect(patched).toEqual({
      containers: [{ name: 'a', env: [{ name: 'Y', value: '2' }] }, { name: 'b' }, { name: 'c' }],
      args: ['3'],
    })
  })

  it('applies a JSON patch as RFC 6902 defines it, and leaves the object unchanged if a step fails', () => {
    const object = { 'a/b': { '~': 1 }, list: [1, 2, 3] }
    const steps = [
      { op: 'test', path: '/a~1b/~0', value: 1 },
      { op: 'move', from: '/a~1b/~0', path: '/moved' },
      { op: 'copy', from: '/list/0', path: '/list/-' },
      { op: 'remove', path: '/list/1' },
      { op: 'add', path: '/list/0', value: 0 },
      { op: 'replace', path: '/list/1', value: 'one' },
    ]

    expect(patchObject(object, JSON_PATCH, steps)).toEqual({ 'a/b': {}, moved: 1, list: [0, 'one', 3, 1] })
    expect(() => patchObject(object, JSON_PATCH, [...steps, { op: 'remove', path: '/nothing' }])).toThrow(StatusError)
    expect(object).toEqual({ 'a/b': { '~': 1 }, list: [1, 2, 3] })
  })

  it('reaches no prototype, and throws only StatusError', () => {
    const hostile = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
    patchObject({}, MERGE, hostile)
    patchObject({}, STRATEGIC, hostile)
    for (const path of ['/__proto__/polluted', '/constructor/prototype/polluted']) {
      expect(() => patchObject({}, JSON_PATCH, [{ op: 'add', path, value: true }])).toThrow(StatusError)
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()

    fc.assert(
      fc.property(fc.constantFrom(MERGE, STRATEGIC, JSON_PATCH, 'text/plain'), fc.jsonValue(), (type, patch) => {
        try {
          patchObject({ a: [{ name: 'x' }], containers: [{ name: 'x' }] }, type, patch)
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError)
        }
      }),
    )
  })
})
