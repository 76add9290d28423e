// The files of the page, read once and kept compressed.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

export interface PageFile {
  readonly type: string
  readonly plain: Buffer
  readonly gzip: Buffer
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/** Names of files in src/page/browser that browsers may have. */
const NAME = /^[a-z0-9-]+\.(?:js|css|svg|html)$/

const files = new Map<string, PageFile | undefined>()

/** The file of that name; undefined if there is none. */
export function pageFile(name: string): PageFile | undefined {
  if (!NAME.test(name)) return undefined
  if (files.has(name)) return files.get(name)
  const plain = read(name)
  const type = TYPES[name.split('.').at(-1) ?? ''] ?? ''
  const file = plain && { type, plain, gzip: gzipSync(plain, { level: 9 }) }
  // Names that are made up are not kept.
  if (file !== undefined) files.set(name, file)
  return file
}

function read(name: string): Buffer | undefined {
  const vendored = { 'uplot.js': 'uPlot.iife.min.js', 'uplot.css': 'uPlot.min.css' }[name]
  try {
    return readFileSync(join(import.meta.dirname, '..', 'browser', name))
  } catch {
    // The build copies what comes from others into that folder; the sources have it where it was installed.
    return vendored === undefined ? undefined : fromPackage(vendored)
  }
}

function fromPackage(name: string): Buffer | undefined {
  try {
    return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`))
  } catch {
    return undefined
  }
}
