// A container of a pod and what the cluster knows of the pod in, the variables that its process gets out: expanded as a kubelet
// does it, in order, from those that came before.
import type { V1Container } from '@kubernetes/client-node'

/** Field path of the downward API → value, such as `metadata.name`. */
export type Downward = Readonly<Record<string, string>>

/** @throws {Error} naming a variable that is used before it is there, or that comes from where this does not look. */
export function environmentOf({ name, env = [] }: V1Container, downward: Downward): Record<string, string> {
  const known: Record<string, string> = {}
  for (const variable of env) {
    const field = variable.valueFrom?.fieldRef?.fieldPath
    const given = field === undefined ? variable.value : downward[field]
    if (given === undefined) throw new Error(`${name}: nobody says what ${variable.name} is`)
    known[variable.name] = given.replace(/\$\((\w+)\)/g, (_, used: string) => {
      const value = known[used]
      if (value === undefined) throw new Error(`${name}: ${variable.name} uses ${used} before it is there`)
      return value
    })
  }
  return known
}

/** Some of them with other values, for a machine that is no cluster. Each has to be there: else a test would show nothing. */
export function substituted(
  env: Readonly<Record<string, string>>,
  values: Readonly<Record<string, string>>,
): Record<string, string> {
  for (const name of Object.keys(values)) if (!(name in env)) throw new Error(`${name} is not among the variables`)
  return { ...env, ...values }
}
