// The documentation as a static site with search, made of the same files that GitHub shows. It needs no network to build.
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import type { Plugin } from 'vitepress'
import { defineConfig } from 'vitepress'
import { documentationIndex } from '../../../src/release/documentation-index.ts'
import { REPOSITORY } from '../../../src/release/repository.ts'

const ROOT = new URL('../../../', import.meta.url).pathname

export default defineConfig({
  title: 'mcp-vitals',
  description: 'OpenTelemetry-first observability for MCP servers',
  srcDir: ROOT,
  srcExclude: ['**/node_modules/**', 'dist/**', 'docs/site/**', 'test/!(matrix)/**', '.github/**'],
  rewrites: (path) => path.replace(/(^|\/)README\.md$/, '$1index.md'),
  cleanUrls: true,
  vite: { publicDir: false, esbuild: { tsconfigRaw: {} }, plugins: [vueOfTheSite()] },
  themeConfig: {
    search: { provider: 'local' },
    nav: [{ text: 'Documentation', link: '/docs/' }],
    sidebar: sidebar(),
    outline: [2, 3],
    socialLinks: [{ icon: 'github', link: REPOSITORY }],
  },
  markdown: {
    // Shown without colours.
    languages: [{ name: 'promql', scopeName: 'source.promql', patterns: [], repository: {} }],
    config(markdown) {
      // Links to sources and folders, which are no pages, lead to the repository.
      const open = markdown.renderer.rules.link_open
      markdown.renderer.rules.link_open = (tokens, index, options, env, self) => {
        const href = tokens[index]?.attrGet('href') ?? ''
        const source = sourceOf(href, env.relativePath)
        if (source !== undefined) tokens[index]?.attrSet('href', `${REPOSITORY}/blob/main/${source}`)
        return open?.(tokens, index, options, env, self) ?? self.renderToken(tokens, index, options)
      }
    },
  },
})

/** The pages lie outside this folder, where no Vue is installed. */
function vueOfTheSite(): Plugin {
  return {
    name: 'vue-of-the-site',
    enforce: 'pre',
    resolveId(id, _, options) {
      if (!/^vue(\/|$)/.test(id)) return undefined
      // Pages are written by a bundle inside this folder, which finds it by itself.
      if (options.ssr === true) return { id, external: true }
      return this.resolve(id, import.meta.filename, { ...options, skipSelf: true })
    },
  }
}

/** The path in the repository that a link leads to, if it is no page of the site. */
function sourceOf(href: string, from: string): string | undefined {
  const [path = ''] = href.split('#')
  if (path === '' || /^\w+:/.test(path) || path.endsWith('.md')) return undefined
  const target = posix.join(posix.dirname(from), path)
  return existsSync(`${ROOT}${target}`) ? target : undefined
}

/** What docs/README.md links to, by its sections. */
function sidebar() {
  return documentationIndex().map(({ title, documents }) => ({
    text: title,
    collapsed: false,
    items: documents
      .filter(({ path }) => path.endsWith('.md'))
      .map(({ path, heading }) => ({ text: heading, link: `/${path}` })),
  }))
}
