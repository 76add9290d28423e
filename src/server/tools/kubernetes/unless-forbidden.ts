// A read in, what it gives out, or undefined if this server may not have it: what else there is to tell is told without.
import { ToolError } from 'mcp-vitals'

export async function unlessForbidden<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ToolError && error.kind === 'forbidden') return undefined
    throw error
  }
}
