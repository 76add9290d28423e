// `npm run parts`: gets every real program, or those named, and prints where each is.
import type { Program } from './parts.ts'
import { PARTS } from './parts.ts'
import { PartError, provision } from './provision.ts'

const all = PARTS.flatMap(({ programs }) => Object.keys(programs)) as Program[]
const named = process.argv.slice(2)
const unknown = named.filter((name) => !all.includes(name as Program))

try {
  if (unknown.length > 0) throw new PartError(`there is no ${unknown.join(', ')}; there are ${all.join(', ')}`)
  const wanted = named.length === 0 ? all : (named as Program[])
  const paths = await provision(wanted, { say: (line) => console.error(line) })
  for (const program of wanted) console.log(`${program} ${paths[program]}`)
} catch (error) {
  console.error(error instanceof PartError ? `parts: ${error.message}` : error)
  process.exitCode = 1
}
