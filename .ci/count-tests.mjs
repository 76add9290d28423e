// Paths of vitest's JSON reports in; each test that failed and one line of what they count in all out, last of all, since the
// reports above them are long. It fails unless every report is there and every test of it ran: a skipped test would pass for
// one that holds.
import { readFileSync } from 'node:fs'

const count = { passed: 0, failed: 0, skipped: 0 }
const faults = []
for (const path of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    count.passed += report.numPassedTests
    count.failed += report.numFailedTests
    count.skipped += report.numPendingTests + report.numTodoTests
    // A file that does not load has no tests to fail.
    for (const { name, assertionResults } of report.testResults) {
      for (const { status, fullName, failureMessages } of assertionResults) {
        if (status === 'failed')
          faults.push(`failed: ${name}: ${fullName}\n${failureMessages.join('\n').slice(0, 2_000)}`)
      }
    }
    const broken = report.testResults.filter(
      ({ status, assertionResults }) =>
        status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
    )
    count.failed += broken.length
    for (const { name } of broken) faults.push(`did not run: ${name}`)
    if (report.numTotalTests === 0) faults.push(`no tests in ${path}`)
  } catch (error) {
    faults.push(`no report: ${error.message}`)
  }
}
if (count.skipped > 0) faults.push(`${count.skipped} tests were skipped`)
for (const fault of faults) console.log(fault)
console.log(`tests: ${count.passed} passed, ${count.failed} failed`)
process.exitCode = faults.length + count.failed > 0 ? 1 : 0
