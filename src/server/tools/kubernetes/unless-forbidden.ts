// Makes a read optional: returns undefined if the server has no permission.
import { ToolError } from 'mcp-vitals'

export async function unlessForbidden<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (error instanceof ToolError && error.kind === 'forbidden') return undefined
    throw error
  }
}
