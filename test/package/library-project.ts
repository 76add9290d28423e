// A scratch project with mcp-vitals and all versions of the MCP SDK that are tested. Test files share it, because to install it takes
// half a minute.
import { inject } from 'vitest'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { createProject, tarballsOf } from '../support/programs/packed-package.ts'

export function openLibraryProject(): Promise<ScratchProject> {
  const dependencies = {
    ...tarballsOf(inject('packages'), 'mcp-vitals'),
    '@modelcontextprotocol/client': '2.4.0',
    '@modelcontextprotocol/sdk': '1.32.2',
    '@modelcontextprotocol/server': '2.4.0',
    '@opentelemetry/api': '1.10.0',
    '@types/node': '24.19.2',
    'sdk-1.0': 'npm:@modelcontextprotocol/sdk@1.0.4',
    'sdk-1.23': 'npm:@modelcontextprotocol/sdk@1.23.1',
    zod: '4.6.7',
  }
  return createProject(dependencies, inject('sharedFolder'))
}
