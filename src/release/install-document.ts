// Writes docs/install.md: how each MCP client gets the reference server, with links where a client has them.
import { IMAGES } from './repository.ts'

/** A client starts the server with these, and it talks to the cluster of the user's current context, read-only. */
const SERVER = {
  command: 'npx',
  args: ['-y', 'mcp-vitals-server', 'serve', '--transport', 'stdio', '--cluster', 'kubeconfig'],
}
const NAME = 'mcp-vitals'

export function installDocument(): string {
  const command = [SERVER.command, ...SERVER.args].join(' ')
  return `# Install

<!-- Written by \`npm run generate\` from src/release/install-document.ts. -->

## Measure a server

| you have | command |
| --- | --- |
| a TypeScript server that you can edit | \`npm install mcp-vitals\`, then [two lines](your-server.md) |
| an OpenTelemetry SDK | \`npm install @mcp-vitals/instrumentation\` |
| a stdio server in any language | \`npx -y mcp-vitals wrap -- <command>\`: [wrap.md](wrap.md) |
| an HTTP server in any language | \`npx -y mcp-vitals proxy --upstream <url>\`: [proxy.md](proxy.md) |
| containers | \`docker pull ${IMAGES}/mcp-vitals\`: [containers.md](containers.md) |
| Kubernetes | [manifests](../k8s/README.md) |

## Give a client the reference server

The server reads the Kubernetes cluster of your current context and changes nothing. Leave out \`--cluster kubeconfig\` to try it on a
simulated cluster.

- **Claude Code**: \`claude mcp add ${NAME} -- ${command}\`
- **Cursor**: [add to Cursor](${cursorLink()})
- **VS Code**: [add to VS Code](${codeLink()}), or \`code --add-mcp '${JSON.stringify({ name: NAME, ...SERVER })}'\`
- **Claude Desktop** and every other client: add this to its configuration file.

\`\`\`json
${JSON.stringify({ mcpServers: { [NAME]: SERVER } }, null, 2)}
\`\`\`
`
}

function cursorLink(): string {
  const config = Buffer.from(JSON.stringify(SERVER)).toString('base64')
  return `https://cursor.com/en/install-mcp?${new URLSearchParams({ name: NAME, config })}`
}

function codeLink(): string {
  const parameters = new URLSearchParams({ name: NAME, config: JSON.stringify(SERVER) })
  return `https://insiders.vscode.dev/redirect/mcp/install?${parameters}`
}
