import { describe, expect, it } from 'vitest'
import { cleanMessage, MAX_MESSAGE } from '../../../../../src/server/kubernetes/diagnosis/clean-message.ts'
import { diagnose } from '../../../../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { ApiObject } from '../../../../support/cluster/issue-fixtures.ts'
import { FIXTURE_NOW, issueFixture, issueFixtures, snapshotOf } from '../../../../support/cluster/issue-fixtures.ts'

const CANARY = 'Kn4ry-s3cret~value'

/** The canary as plain text and in common encodings. */
const SPELLINGS = [
  CANARY,
  encodeURIComponent(CANARY),
  Buffer.from(CANARY).toString('base64'),
  Buffer.from(CANARY).toString('base64url'),
  Buffer.from(CANARY).toString('hex'),
]

type Container = Record<string, unknown>
interface Metadata {
  annotations?: Record<string, string>
}
interface PodSpec {
  containers?: Container[]
  initContainers?: Container[]
  template?: { spec?: PodSpec }
}

/** Puts the canary in every place for a secret, and in every message that could repeat it. */
function withCanary(
  objects: readonly ApiObject[],
  spelling: string,
  say: (message: string) => string,
): readonly ApiObject[] {
  return objects.map((object) => {
    const copy = structuredClone(object) as unknown as Record<string, never> & { metadata: Metadata; spec?: PodSpec }
    Object.assign(copy.metadata, {
      annotations: {
        ...copy.metadata.annotations,
        'example.com/key': spelling,
        'kubectl.kubernetes.io/last-applied-configuration': `{"env":[{"value":"${spelling}"}]}`,
      },
    })
    for (const spec of [copy.spec, copy.spec?.template?.spec]) {
      for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
        container['env'] = [{ name: 'DATABASE_PASSWORD', value: spelling }]
        container['args'] = ['serve', `--license=${spelling}`, '--token', spelling]
      }
    }
    return mapMessages(copy, say) as ApiObject
  })
}

function mapMessages(value: unknown, say: (message: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapMessages(item, say))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      key === 'message' && typeof member === 'string' ? say(member) : mapMessages(member, say),
    ]),
  )
}

describe('diagnose', () => {
  it.each(issueFixtures())('shows no secret of the objects in the findings of fixture $name', ({ objects, issue }) => {
    for (const spelling of SPELLINGS) {
      const text = `(given ${spelling}; password=${spelling} https://user:${spelling}@db.example.com?key=${spelling})`
      const { findings } = diagnose(
        snapshotOf(withCanary(objects, spelling, (message) => `${message} ${text}`)),
        FIXTURE_NOW,
      )
      if (issue !== 'none') expect(findings.length).toBeGreaterThan(0)
      for (const hidden of SPELLINGS) expect(JSON.stringify(findings)).not.toContain(hidden)
    }
  })

  it('masks a secret at the start of a message, where truncation does not remove it', () => {
    for (const spelling of SPELLINGS) {
      const all = issueFixtures().map(({ objects }) => {
        const say = (message: string) => `${spelling} --token ${spelling} secret: ${spelling} ${message}`
        return JSON.stringify(diagnose(snapshotOf(withCanary(objects, spelling, say)), FIXTURE_NOW).findings)
      })
      for (const hidden of SPELLINGS) expect(all.join('')).not.toContain(hidden)
      expect(
        all.filter((findings) => findings.includes('[masked] --token [masked] secret: [masked]')).length,
      ).toBeGreaterThan(30)
    }
  })

  it('does not quote termination messages or the output of probes and hooks', () => {
    const words = 'unmistakable words of the application'
    for (const name of [
      'crash_loop',
      'liveness_kill',
      'readiness_failing',
      'startup_probe_failing',
      'lifecycle_hook_failed',
    ]) {
      const text = JSON.stringify(issueFixture(name).objects)
        .replace('"reason":"Error",', `"reason":"Error","message":"${words}",`)
        .replaceAll(/(Liveness|Readiness|Startup) probe failed: (?:[^"\\]|\\.)*/g, `$1 probe failed: ${words}`)
        .replaceAll('"message":"PostStartHook failed"', `"message":"PostStartHook failed: ${words}"`)
      expect(text, name).toContain(words)
      const { findings } = diagnose(snapshotOf(JSON.parse(text) as ApiObject[]), FIXTURE_NOW)
      expect(findings, name).toHaveLength(1)
      expect(JSON.stringify(findings), name).not.toContain('unmistakable')
    }
  })

  it('reports the signatures in a log without quoting its lines', () => {
    const { objects } = issueFixture('crash_loop')
    const log = `connect to db: x509: certificate signed by unknown authority password=${CANARY}\nunmistakable line\n`
    const { findings } = diagnose(
      {
        ...snapshotOf(objects),
        logs: [{ namespace: 'shop', pod: objects[0]?.metadata.name ?? '', container: 'web', text: log }],
      },
      FIXTURE_NOW,
    )
    const text = JSON.stringify(findings)

    expect(text).toContain('certificate not trusted or expired')
    expect(text).not.toContain('unmistakable')
    expect(text).not.toContain(CANARY)
  })
})

describe('cleanMessage', () => {
  it.each([
    ['login failed: password=hunter2!', 'login failed: password=[masked]'],
    ['{"apiKey": "abc def", "user": "ann"}', '{"apiKey": [masked], "user": "ann"}'],
    ['run with --db-password hunter2 --verbose', 'run with --db-password [masked] --verbose'],
    ['pull from https://ann:hunter2@registry.example.com/x', 'pull from https://[masked]@registry.example.com/x'],
    ['Get "https://db.example.com/x?sig=abc&t=1": EOF', 'Get "https://db.example.com/x?sig=[masked]&t=[masked]": EOF'],
    ['Authorization: Bearer abcdefghij', 'Authorization: [masked] [masked]'],
    ['sent Bearer abcdefghij to it', 'sent Bearer [masked] to it'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln was refused', 'token [masked] was refused'],
    ['key AKIAIOSFODNN7EXAMPLE is disabled', 'key [masked] is disabled'],
    ['use ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'use [masked]'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- loaded', '[masked] loaded'],
    ['hash 0123456789abcdef0123456789abcdef0123456789abcdef', 'hash [masked]'],
    ['secret "db" not found', 'secret "db" not found'],
    [
      'MountVolume.SetUp failed for volume "db-secret" : secret "db" not found',
      'MountVolume.SetUp failed for volume "db-secret" : secret "db" not found',
    ],
    [
      'image web@sha256:0123456789abcdef0123456789abcdef is there',
      'image web@sha256:0123456789abcdef0123456789abcdef is there',
    ],
    [
      'pod web-6d9c7b8f5d-x7k2p_shop(bb138c95-e8b5-4320-9515-c0381bb1d916)',
      'pod web-6d9c7b8f5d-x7k2p_shop(bb138c95-e8b5-4320-9515-c0381bb1d916)',
    ],
  ])('turns %j into %j', (given, shown) => {
    expect(cleanMessage(given)).toBe(shown)
  })

  it('removes control, ANSI, bidi, zero-width and tag characters, and joins lines', () => {
    const tags = [...'ignore'].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('')
    const hostile = `a\x1b[31mb\x1b]0;title\x07c\u202Ed\u2066e\u200Bf${tags}g\u0000\r\nh\u2028i\u009B1mj\uFE0Fk\uD800l`

    expect(cleanMessage(hostile)).toBe('abcdefg h ijk\ufffdl')
  })

  it('limits the length of a message, and the time to clean a long one', () => {
    const started = performance.now()
    for (const unit of ['a', '=', 'password=', '://', '-- ', 'eyJ', '\u{1F600}', 'https://a:b', '"', "--token '"]) {
      const cleaned = cleanMessage(unit.repeat(200_000))
      expect([...cleaned].length, unit).toBeLessThanOrEqual(MAX_MESSAGE)
      expect(cleaned.isWellFormed()).toBe(true)
    }
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('leaves no part of a credential where it truncates a long message', () => {
    for (let length = 4060; length < 4110; length += 1) {
      const message = `${' '.repeat(3900)}${'x '.repeat((length - 3900) / 2)}password=${CANARY}${'y'.repeat(300)}`
      expect(cleanMessage(message)).not.toContain('Kn4')
    }
  })
})
