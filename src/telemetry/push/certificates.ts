// Reads the certificates that the environment names for an OTLP endpoint.
import { readFileSync } from 'node:fs'
import type { Signal } from '../configuration/environment.ts'
import type { Environment } from '../configuration/environment-reader.ts'

/** PEM texts: what to trust, and who we are. */
export interface Certificates {
  readonly ca?: Buffer | undefined
  readonly cert?: Buffer | undefined
  readonly key?: Buffer | undefined
}

/** The exporter's own agent would have read them, and warns of a file that cannot be read. */
export function readCertificates(env: Environment, signal: Signal): Certificates {
  const file = (name: string) => {
    const own = env[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`]?.trim()
    const path = own || env[`OTEL_EXPORTER_OTLP_${name}`]?.trim()
    try {
      return path ? readFileSync(path) : undefined
    } catch {
      return undefined
    }
  }
  return { ca: file('CERTIFICATE'), cert: file('CLIENT_CERTIFICATE'), key: file('CLIENT_KEY') }
}
