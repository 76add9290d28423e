// Holds the corpus of diagnoses: cases written from public descriptions of failures, and what is right in each.
import type { Case } from './case.ts'
import { containerCases } from './cases/container-cases.ts'
import { endedCases } from './cases/ended-cases.ts'
import { imageCases } from './cases/image-cases.ts'
import { objectCases } from './cases/object-cases.ts'
import { healthyCases, youngCases } from './cases/quiet-cases.ts'
import { scheduleCases } from './cases/schedule-cases.ts'
import { startCases } from './cases/start-cases.ts'
import { workloadCases } from './cases/workload-cases.ts'

export const CORPUS = {
  faults: [
    ...imageCases,
    ...containerCases,
    ...startCases,
    ...scheduleCases,
    ...endedCases,
    ...workloadCases,
    ...objectCases,
  ] as readonly Case[],
  healthy: healthyCases,
  young: youngCases,
}
