// Parses label selectors by the API documentation, independently of the code under test.
import { StatusError } from './status-error.ts'

type Labels = Readonly<Record<string, string>> | undefined
type LabelTest = (labels: Labels) => boolean

const SET_BASED = /^([\w./-]+)\s+(in|notin)\s*\(([^()]*)\)$/
const EQUALITY = /^([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)$/
const EXISTENCE = /^(!?)\s*([\w./-]+)$/

/** Understands all forms of the API: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, joined by commas. */
export function parseLabelSelector(text: string): LabelTest {
  const tests = requirements(text).map(requirementTest)
  return (labels) => tests.every((test) => test(labels))
}

/** A `LabelSelector` object, as Services' plain map or as `matchLabels` and `matchExpressions`. */
export function matchesSelector(
  selector:
    | {
        readonly matchLabels?: Labels
        readonly matchExpressions?: readonly { key: string; operator: string; values?: readonly string[] }[]
      }
    | undefined,
  labels: Labels,
): boolean {
  if (selector === undefined) return false
  const equal = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value)
  const expressions = (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels?.[key]
    if (operator === 'Exists') return value !== undefined
    if (operator === 'DoesNotExist') return value === undefined
    const among = value !== undefined && values.includes(value)
    return operator === 'In' ? among : !among
  })
  return equal && expressions
}

/** Commas within parentheses part values, the others requirements. */
function requirements(text: string): string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function requirementTest(requirement: string): LabelTest {
  const [, setKey, operator, list] = SET_BASED.exec(requirement) ?? []
  if (setKey !== undefined) {
    const values = new Set((list ?? '').split(',').map((value) => value.trim()))
    const wanted = operator === 'in'
    return (labels) => {
      const value = labels?.[setKey]
      return value === undefined ? !wanted : values.has(value) === wanted
    }
  }
  const [, key, sign, value] = EQUALITY.exec(requirement) ?? []
  if (key !== undefined) return (labels) => (labels?.[key] === value) === (sign !== '!=')
  const [, not, present] = EXISTENCE.exec(requirement) ?? []
  if (present !== undefined) return (labels) => (labels?.[present] !== undefined) === (not === '')
  throw new StatusError(
    'BadRequest',
    `unable to parse requirement: found '${requirement}', expected a label requirement`,
  )
}
