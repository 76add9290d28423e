import { describe, expect, it } from 'vitest'
import { createMessageBodies } from '../../../../src/attach/proxy/message-body.ts'

describe('createMessageBodies', () => {
  it('shares one bound among all bodies, and gives back what has been read', () => {
    const newBody = createMessageBodies(20)
    const first = newBody()
    const second = newBody()
    first.push(Buffer.from('{"method":"a"}'))
    second.push(Buffer.from('{"method":"b"}'))

    expect(second.end()?.scanned?.message).toEqual({ method: 'b' })
    expect(first.end()).toEqual({ message: { method: 'a' } })
    second.push(Buffer.from('{"method":"c"}'))
    expect(second.end()).toEqual({ message: { method: 'c' } })
  })

  it('returns no message for what is not JSON, and nothing for an empty body', () => {
    const body = createMessageBodies()()

    expect(body.end()).toBeUndefined()
    body.push(Buffer.from('not json'))
    expect(body.end()).toEqual({ message: undefined })
  })
})
