// What is wrong with the configuration in, one error that names all of it out: nobody should fix faults one start at a time.

/**
 * The configuration cannot be used. `faults` has one sentence for each thing that is wrong.
 *
 * @example if (error instanceof ConfigError) for (const fault of error.faults) console.error(fault)
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}: ${faults.join('; ')}`)
    this.faults = faults
  }
}
