// A JSON Schema in, a strict check of values out: the texts of what does not fit.
import { Ajv2020 } from 'ajv/dist/2020.js'

export function ajvValidator(schema: unknown): (value: unknown) => string[] {
  // Schemas of tools name the draft of their SDK; this one knows its own only.
  const { $schema: _, ...own } = schema as Record<string, unknown>
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(own)
  return (value) =>
    validate(value) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}
