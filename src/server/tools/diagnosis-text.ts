// Writes what a diagnosis answers as short text, for people and for clients that read no structured content.
import type { z } from 'zod'
import type { diagnosisOutput } from './finding-output.ts'
import { DATA_NOTICE } from './kubernetes/event-summary.ts'

type Answer = z.output<z.ZodObject<typeof diagnosisOutput>>
type Entry = Answer['findings'][number]

/** @param looked the diagnosed object, such as `Pod shop/web-1` */
export function diagnosisText(looked: string, answer: Answer): string {
  const { findings, findings_left_out: leftOut, not_read: notRead } = answer
  return [
    `${looked}: ${verdict(answer)}`,
    ...findings.map((entry, index) => entryText(entry, index + 1)),
    ...(leftOut > 0 ? [`${leftOut} less severe findings omitted; raise limit to see them.`] : []),
    ...(notRead.length > 0
      ? [
          `Could not be read: ${notRead.map(({ kind, reason }) => `${kind} (${reason})`).join(', ')}. Findings that need them are missing.`,
        ]
      : []),
    ...(findings.length > 0 ? [DATA_NOTICE] : []),
  ].join('\n')
}

function verdict({ healthy, findings_by_severity: counts }: Answer): string {
  const told = Object.entries(counts).flatMap(([severity, count]) => (count > 0 ? [`${count} ${severity}`] : []))
  if (told.length === 0) return 'no issues found.'
  return `${told.join(', ')}${healthy ? '; all of them are over' : ''}.`
}

function entryText({ count, objects, age, node, symptoms, example }: Entry, number: number): string {
  const { severity, issue, state, title, owner, container, evidence, cause, next } = example
  const facts = evidence.map(({ of, field, value, count: times, last }) => {
    const seen = [times !== undefined && times > 1 && `${times} times`, last && `last ${last}`].filter(Boolean)
    return `${of ? `${of} ` : ''}${field}: ${value}${seen.length > 0 ? ` (${seen.join(', ')})` : ''}`
  })
  const help = next.remediation ? ` If this confirms the cause, ${next.remediation} may help.` : ''
  const place = `${owner ? ` of ${owner}` : ''}${container ? `, container ${container}` : ''}`
  return [
    `${number}. ${severity} ${issue}${state === 'recovered' ? ' (over)' : ''}${age ? ` since ${age}` : ''}: ${title}`,
    `${listed(objects, count)}${place}${node ? `, all on node ${node}` : ''}`,
    ...facts,
    `Cause: ${cause}`,
    ...symptoms.map((one) => `Explains: ${one.issue} of ${listed(one.objects, one.count)}`),
    `Next: ${next.tool ? `${call(next)}. ` : ''}${next.text}${help}`,
    ...(next.kubectl ? [`$ ${next.kubectl}`] : []),
  ].join('\n   ')
}

function listed(objects: readonly string[], count: number): string {
  return `${objects.join(', ')}${count > objects.length ? ` and ${count - objects.length} more` : ''}`
}

/** `get_logs {"namespace":"shop","pod":"web-1"}` */
function call({ tool, arguments: given = {} }: Entry['example']['next']): string {
  return Object.keys(given).length > 0 ? `${tool} ${JSON.stringify(given)}` : `${tool}`
}
