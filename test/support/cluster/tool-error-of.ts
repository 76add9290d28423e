// A call that is to fail in, the `ToolError` that it rejects with out.
import { expect } from 'vitest'
import { ToolError } from '../../../src/index.ts'

/** Fails the test if it resolves, or rejects with anything else. */
export async function toolErrorOf(call: Promise<unknown>): Promise<ToolError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ToolError)
  return error as ToolError
}
