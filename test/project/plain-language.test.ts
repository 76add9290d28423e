// Keeps phrases out of the documents that are unclear to many readers.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DOCUMENTS } from './support/documents.ts'

/** A phrase, and what to write instead. */
const PHRASES: readonly (readonly [phrase: RegExp, instead: string])[] = [
  [/\b(?:the )?gravest\b|\bgraver\b|\bhow grave\b/i, 'most severe, severity'],
  [/\b(?:who|whom)ever\b|\bwhom it\b/i, 'the on-call engineer, the client, anyone who'],
  [/\bhave you\b|\bhas your\b/i, 'Already running …?'],
  [/\b(?:is|are|was|were|be) (?:told|said)\b|\btold of\b|\btells all about\b/i, 'is reported, is logged, describes'],
  [/\b(?:unless|until|than) told\b|\bsays? otherwise\b/i, 'by default'],
  [/\bmend(?:s|ed|ing)?\b/i, 'fix'],
  [/\bbesides?\b/i, 'in addition to, next to'],
  [/\bof (?:ours|yours|theirs)\b|\bof one's own\b/i, 'our, your, their'],
  [/\bin one go\b/i, 'in one step'],
  [/\bfor ever\b|\bevermore\b/i, 'without a limit'],
  [/\bhowever (?:often|many|long)\b|\bwhichever way\b/i, 'any number of times'],
  [/\brubbish\b/i, 'invalid data'],
  [/\bstands? in\b(?! front)|\bstands? twice\b/i, 'is in, replaces'],
  [/\b(?:goes|go|went) on\b(?! [A-Z`])/i, 'continues'],
  [/\ba word of\b|\bto the letter\b/i, 'leave it out, exactly'],
  [/\b(?:has|have|had) to be there\b/i, 'is required, must exist'],
  [/\b(?:is|are) laid over\b/i, 'is added to'],
  [/\b(?:hands?|handed) (?:on|over)\b|\bgives? out\b/i, 'forwards, passes, returns'],
  [/\bcan be had\b|\bis to be had\b/i, 'is available'],
  [/\banew\b/i, 'again'],
  [/\blooked at\b|\blooks? into\b/i, 'diagnosed, read, inspect'],
  [/\bwhat (?:it|that|they) comes? to\b|\bwhat comes of\b/i, 'the result, the amount'],
  [/^(?:#+ |[-|] )?What [^.?|]*\bis (?:what|a|the)\b/im, 'a sentence that starts with its subject'],
]

/** The prose of a document: no code blocks, no code, no link targets. */
function proseOf(text: string): string {
  return text
    .replaceAll(/^ *```.*?^ *```/gms, '')
    .replaceAll(/`[^`\n]*`/g, '')
    .replaceAll(/\]\([^)]*\)/g, ']')
    .replaceAll(/<!--.*?-->/gs, '')
}

describe('the documents', () => {
  it('use none of the listed phrases', () => {
    expect(DOCUMENTS.length).toBeGreaterThan(25)
    const found = DOCUMENTS.flatMap((document) =>
      proseOf(readFileSync(document, 'utf8'))
        .split('\n')
        .flatMap((line) =>
          PHRASES.filter(([phrase]) => phrase.test(line)).map(
            ([phrase, instead]) => `${document}: "${phrase.exec(line)?.[0]}"; write: ${instead}. ${line.trim()}`,
          ),
        ),
    )

    expect(found).toEqual([])
  })

  it.each(['the gravest finding', 'Have you an SDK already?', 'metrics beside logs', 'it goes on'])(
    'would be found with a listed phrase: %s',
    (text) => {
      expect(PHRASES.some(([phrase]) => phrase.test(proseOf(text)))).toBe(true)
    },
  )
})
