// Writes server.json, by which the MCP registry and the clients that read it find the reference server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageManifest } from './published-manifest.ts'
import { IMAGES, REPOSITORY } from './repository.ts'

const MANIFEST = join(import.meta.dirname, '..', 'server', 'package.json')
const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'

export function serverJson(): string {
  // The registry compares `mcpName` of the published package with the name here.
  const { name, version, mcpName } = JSON.parse(readFileSync(MANIFEST, 'utf8')) as PackageManifest
  const server = {
    $schema: SCHEMA,
    name: mcpName,
    title: 'mcp-vitals reference server',
    // The registry takes at most 100 characters.
    description: 'Diagnoses Kubernetes clusters, read-only by default, with OpenTelemetry metrics of every call.',
    version,
    repository: { url: REPOSITORY, source: 'github', subfolder: 'src/server' },
    packages: [
      {
        registryType: 'npm',
        identifier: name,
        version,
        runtimeHint: 'npx',
        transport: { type: 'stdio' },
        packageArguments: [
          { type: 'positional', value: 'serve' },
          { type: 'named', name: '--transport', value: 'stdio' },
          { type: 'named', name: '--cluster', value: 'kubeconfig' },
        ],
      },
      {
        registryType: 'oci',
        identifier: `${IMAGES}/${name}:${version}`,
        runtimeHint: 'docker',
        transport: { type: 'stdio' },
        packageArguments: [
          { type: 'positional', value: 'serve' },
          { type: 'named', name: '--transport', value: 'stdio' },
        ],
      },
    ],
  }
  return `${JSON.stringify(server, null, 2)}\n`
}
