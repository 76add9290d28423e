// Defines the tool hello_world.
import { z } from 'zod'
import { defineTool } from './tool.ts'

const GREETINGS = {
  en: 'Hello',
  es: 'Hola',
  fr: 'Bonjour',
  de: 'Guten Tag',
  ja: 'こんにちは',
} as const

const LANGUAGES = Object.keys(GREETINGS) as (keyof typeof GREETINGS)[]
const MAX_NAME = 100

export const helloWorld = defineTool({
  name: 'hello_world',
  title: 'Hello world',
  description: `Returns a greeting for a name, in ${LANGUAGES.join(', ')}. Use it as a first call to check that the server works.`,
  input: {
    // JSON Schema counts characters, zod's `max` UTF-16 units: a name of emoji would be refused too early.
    name: z
      .string()
      .min(1)
      .refine((name) => [...name].length <= MAX_NAME, `Too long: at most ${MAX_NAME} characters`)
      .meta({ maxLength: MAX_NAME, description: 'The name to greet.' }),
    language: z.enum(LANGUAGES).default('en').describe('Language of the greeting.'),
  },
  output: {
    success: z.literal(true),
    message: z.string(),
    language: z.enum(LANGUAGES),
    supported_languages: z.array(z.enum(LANGUAGES)),
  },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  async run({ name, language }) {
    return {
      success: true as const,
      message: `${GREETINGS[language]}, ${name}!`,
      language,
      supported_languages: LANGUAGES,
    }
  },
})
