// The documents of the project that users read.
import { globSync } from 'node:fs'

/** Their paths; those of packages that the documentation's site has installed are not ours. */
export const DOCUMENTS = globSync(['*.md', '{alerts,bench,dashboards,docs,k8s,otel}/**/*.md', 'src/*/README.md'], {
  exclude: ['**/node_modules/**'],
})
