// Holds the accuracy of the diagnoses on the corpus of bench/diagnosis.
import { describe, expect, it } from 'vitest'
import { CORPUS } from '../../bench/diagnosis/corpus.ts'
import { judgeCorpus } from '../../bench/diagnosis/judge-corpus.ts'
import { ISSUE_TYPES } from '../../src/index.ts'
import { NO_ISSUE } from '../../src/server/kubernetes/diagnosis/finding.ts'

describe('the corpus of diagnoses', () => {
  it('has at least 150 faults, and one of every issue type', () => {
    const types = new Set(CORPUS.faults.map(({ right }) => right))

    expect(CORPUS.faults.length).toBeGreaterThanOrEqual(150)
    expect(ISSUE_TYPES.filter((type) => type !== NO_ISSUE && !types.has(type))).toEqual([])
    expect([...types].filter((type) => !(ISSUE_TYPES as readonly string[]).includes(type))).toEqual([])
  })

  it('is diagnosed right in at least 97 % of its faults', () => {
    const { faults, right, wrong, missed } = judgeCorpus()

    expect(right.length / faults, JSON.stringify([...wrong, ...missed])).toBeGreaterThanOrEqual(0.97)
  })

  it('causes no finding for objects that are healthy or too young', () => {
    const { healthy, young } = judgeCorpus()

    expect(healthy.of).toBeGreaterThanOrEqual(30)
    expect(young.of).toBeGreaterThanOrEqual(15)
    expect([...healthy.alarms, ...young.alarms]).toEqual([])
  })
})
