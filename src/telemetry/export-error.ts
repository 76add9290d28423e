// Why an export failed in, an error that names it out. It is told on stderr when it begins; OTel's readers and processors
// hand it on to OTel's error handler at every export, which the diagnostics recognise by its name.

/** An export by OTLP that did not arrive. Its message says what the endpoint did. */
export class OtlpExportError extends Error {
  override readonly name = 'OtlpExportError'
}

/** True for a line in which OpenTelemetry repeats what was told already. */
export function repeatsExportError(line: string): boolean {
  return line.includes('OtlpExportError')
}
