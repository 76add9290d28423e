import { readFileSync } from 'node:fs'

/** The package's version: its manifest is two folders up from the sources and from what is built of them. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
