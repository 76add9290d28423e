// Loaded before a program (`NODE_OPTIONS=--import=…`): it collects its garbage when it gets a SIGUSR2, so that what it holds can
// be told from what it has not thrown away yet.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')
process.on('SIGUSR2', () => collect())
