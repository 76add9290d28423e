// Diagnoses every case of the corpus and compares the first entry of the answer with what is right.
import { diagnose } from '../../src/server/kubernetes/diagnosis/diagnose.ts'
import type { Snapshot } from '../../src/server/kubernetes/diagnosis/snapshot.ts'
import { diagnosisAnswer } from '../../src/server/tools/finding-output.ts'
import type { Case } from './case.ts'
import { NOW } from './case.ts'
import { CORPUS } from './corpus.ts'

export interface Judged {
  readonly about: string
  readonly right: string
  /** The issue type of the first entry; `none` without one. */
  readonly found: string
}

interface Alarms {
  readonly of: number
  readonly alarms: readonly Judged[]
}

interface Verdict {
  readonly faults: number
  readonly right: readonly Judged[]
  readonly wrong: readonly Judged[]
  readonly missed: readonly Judged[]
  readonly healthy: Alarms
  readonly young: Alarms
}

export function judgeCorpus(): Verdict {
  const faults = CORPUS.faults.map(judged)
  return {
    faults: faults.length,
    right: faults.filter(({ right, found }) => found === right),
    wrong: faults.filter(({ right, found }) => found !== right && found !== 'none'),
    missed: faults.filter(({ found }) => found === 'none'),
    healthy: alarmsOf(CORPUS.healthy),
    young: alarmsOf(CORPUS.young),
  }
}

function alarmsOf(cases: readonly Case[]): Alarms {
  return { of: cases.length, alarms: cases.map(judged).filter(({ found }) => found !== 'none') }
}

function judged({ about, right, objects, log, uses }: Case): Judged {
  const kinds = Map.groupBy(objects, ({ kind }) => kind)
  const pod = kinds.get('Pod')?.[0]?.metadata.name ?? ''
  const container = { namespace: 'shop', pod, container: 'app' }
  const snapshot = {
    objects: { EndpointSlice: [], ...Object.fromEntries(kinds) },
    usage: uses === undefined ? [] : [{ ...container, memoryBytes: uses * 2 ** 20 }],
    logs: log === undefined ? [] : [{ ...container, text: log }],
  } as Snapshot
  const answer = diagnosisAnswer(diagnose(snapshot, NOW), [], { limit: 10, snapshot, now: NOW })
  return { about, right, found: answer.findings[0]?.example.issue ?? 'none' }
}
