// Prints how many cases of the corpus are diagnosed right, and without `--quick` writes bench/diagnosis.md.
import { writeFileSync } from 'node:fs'
import { ISSUE_TYPES } from '../../src/index.ts'
import type { Judged } from './judge-corpus.ts'
import { judgeCorpus } from './judge-corpus.ts'

const { faults, right, wrong, missed, healthy, young } = judgeCorpus()
const percent = (part: number) => `${((100 * part) / faults).toFixed(1)} %`
const types = new Set([...right, ...wrong, ...missed].map((one) => one.right))
const row = ({ about, right, found }: Judged) => `| ${about} | \`${right}\` | \`${found}\` |`
const failures = [...wrong, ...missed, ...healthy.alarms, ...young.alarms]

const text = `# Accuracy of the diagnoses

Written by \`npm run bench:diagnosis\`. The corpus is in [diagnosis/cases](diagnosis/cases): cases that we wrote from public descriptions of
failures, in the words of several versions of Kubernetes, container runtimes, registries and storage drivers. A case is right if the first entry of
the answer has the right issue type.

| cases | number | share |
| --- | ---: | ---: |
| with a fault, of ${types.size} of ${ISSUE_TYPES.length - 1} issue types | ${faults} | |
| right | ${right.length} | ${percent(right.length)} |
| wrong | ${wrong.length} | ${percent(wrong.length)} |
| missed | ${missed.length} | ${percent(missed.length)} |
| healthy objects reported | ${healthy.alarms.length} of ${healthy.of} | |
| young objects reported | ${young.alarms.length} of ${young.of} | |
${failures.length === 0 ? '' : `\n| what is still wrong | right | found |\n| --- | --- | --- |\n${failures.map(row).join('\n')}\n`}`
console.log(text)
if (!process.argv.includes('--quick')) writeFileSync(new URL('../diagnosis.md', import.meta.url), text)
