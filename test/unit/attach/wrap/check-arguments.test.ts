// Tests which arguments an input schema refuses, and that no schema holds up the process.
import { describe, expect, it } from 'vitest'
import { createArgumentCheck } from '../../../../src/attach/wrap/check-arguments.ts'

const SCHEMA = {
  type: 'object',
  properties: { text: { type: 'string', minLength: 1 }, n: { $ref: '#/$defs/count' } },
  required: ['text'],
  additionalProperties: false,
  $defs: { count: { type: 'integer', minimum: 0 } },
}

describe('createArgumentCheck', () => {
  it.each<[unknown, string]>([
    [{ text: 'a' }, 'accepted'],
    [{ text: 'a', n: 2 }, 'accepted'],
    [{ text: '' }, 'refused'],
    [{ text: 7 }, 'refused'],
    [{ text: 'a', n: -1 }, 'refused'],
    [{ text: 'a', more: 1 }, 'refused'],
    [undefined, 'refused'],
  ])('finds %j %s', (args, expected) => {
    expect(createArgumentCheck(SCHEMA)(args)).toBe(expected)
  })

  it.each([
    'http://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft/2019-09/schema',
    'https://json-schema.org/draft/2020-12/schema',
  ])('reads schemas of %s', ($schema) => {
    const check = createArgumentCheck({ $schema, type: 'object', properties: { a: { type: 'number' } } })

    expect([check({ a: 1 }), check({ a: 'x' })]).toEqual(['accepted', 'refused'])
  })

  it.each([[7], [null], [{ $ref: '#/nowhere' }], [{ type: 'object', properties: { a: { pattern: '(' } } }]])(
    'cannot tell with the invalid schema %j, and says so',
    (schema) => {
      expect(createArgumentCheck(schema)({ a: 'x' })).toBeUndefined()
    },
  )

  it('ends a pattern that would run for ever, and does not try it again', () => {
    const check = createArgumentCheck({ type: 'object', properties: { a: { pattern: '^(a+)+$' } } })
    const slow = { a: `${'a'.repeat(60)}!` }

    expect(check(slow)).toBeUndefined()
    expect(check({ a: 'a' })).toBeUndefined()
  })
})
