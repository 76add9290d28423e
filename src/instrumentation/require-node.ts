// Fails the import on a Node.js that is too old, in one sentence. Imported before anything else: later modules use newer features.

const REQUIRED = [22, 19] as const

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < REQUIRED[0] || (major === REQUIRED[0] && minor < REQUIRED[1])) {
  throw new Error(
    `mcp-vitals requires Node.js ${REQUIRED.join('.')} or newer; this is Node.js ${process.versions.node}`,
  )
}
