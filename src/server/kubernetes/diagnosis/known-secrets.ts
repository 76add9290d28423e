// Collects the values of an object that may be secret (environment variables, arguments, annotations), so that no message
// repeats one.
import type {
  V1Container,
  V1JobTemplateSpec,
  V1ObjectMeta,
  V1PodSpec,
  V1PodTemplateSpec,
} from '@kubernetes/client-node'
import { entries, list, text, texts } from './field.ts'
import { isSecretName, MASK } from './mask-credentials.ts'

/** Shorter ones are words such as `true` or a port, and no secrets. */
const MIN_SECRET = 6
const MAX_LENGTH = 1024
/** Of all, whole values before their lines; and of one value. A text of many lines must not crowd out the others. */
const MAX_SECRETS = 1000
const MAX_LINES = 50
/** `memory`, `status`: Kubernetes' own messages are made of such words. */
const PLAIN_WORD = /^[a-z]{1,12}$/
/** What controllers write: names of drivers and nodes, revisions. */
const NO_SECRET_ANNOTATION =
  /^(?:pv|volume|volume\.beta|deployment|batch|scheduler|autoscaling|node|node\.alpha|pod)\.kubernetes\.io\//

interface WithSecrets {
  readonly metadata?: V1ObjectMeta
  readonly spec?: object
}

/** A pod's specification, or that of what makes pods. */
interface MaybePodSpec extends V1PodSpec {
  readonly template?: V1PodTemplateSpec
  readonly jobTemplate?: V1JobTemplateSpec
}

export function knownSecrets(object: WithSecrets): readonly string[] {
  const spec = object.spec as MaybePodSpec | undefined
  const template = spec?.template ?? spec?.jobTemplate?.spec?.template
  const containers = [spec, template?.spec].flatMap((pod) => [
    ...list(pod?.initContainers),
    ...list(pod?.containers),
    ...list(pod?.ephemeralContainers),
  ])
  const candidates = [
    ...containers.flatMap(({ env }) => list(env).map((variable) => hidden(text(variable.name), text(variable.value)))),
    ...containers.flatMap((container) => argumentValues(container)),
    ...entries(object.metadata?.annotations).map(([key, value]) =>
      NO_SECRET_ANNOTATION.test(key) ? '' : hidden(key, value),
    ),
  ]
  // The name of the object itself is not secret, and evidence needs it.
  const names = [
    text(object.metadata?.name),
    text(object.metadata?.namespace),
    ...containers.flatMap(({ name, image }) => [text(name), text(image)]),
  ]
  const lines = candidates.flatMap((candidate) => {
    const parts = candidate.split('\n')
    return parts.length > 1 ? parts.slice(0, MAX_LINES) : []
  })
  const secrets = [...candidates, ...lines]
    .map((candidate) => candidate.replace(/[\p{Cc}\p{Z}]+/gu, ' ').trim())
    .filter((candidate) => candidate.length >= MIN_SECRET && candidate.length <= MAX_LENGTH)
    .filter((candidate) => !names.some((name) => name.includes(candidate)))
  // The longest first: one may be part of another.
  return [...new Set(secrets)].slice(0, MAX_SECRETS).sort((a, b) => b.length - a.length)
}

/** The text without them, wherever one stands. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, MASK), text)
}

/** An ordinary word is one, unless its name says that it is a secret. */
function hidden(name: string, value: string): string {
  return PLAIN_WORD.test(value) && !isSecretName(name) ? '' : value
}

/** What follows `=` in an argument, and the argument that follows a flag. The command itself is none. */
function argumentValues({ command, args }: V1Container): readonly string[] {
  const words = [...texts(command), ...texts(args)]
  return words.flatMap((word, index) => {
    const equals = word.indexOf('=')
    if (equals >= 0) return [hidden(word.slice(0, equals), word.slice(equals + 1))]
    if (index > 0 && /\s/.test(word)) return [word, ...word.split(/[\s"'=]+/).filter((part) => part.length >= 16)]
    const before = words[index - 1] ?? ''
    return index > 0 && /^-/.test(before) && !word.startsWith('-') ? [hidden(before, word)] : []
  })
}
