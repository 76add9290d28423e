// Tests two lines of mcp-vitals in servers that other people wrote or that run on older SDKs, as processes: what a raw client sends is
// counted, and the server answers and ends as it does without them.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { ScratchProject } from '../support/programs/packed-package.ts'
import { FRAMEWORK_SUBJECTS } from '../support/servers/third-party/framework-subjects.ts'
import type { Observation, ObserveOptions } from '../support/servers/third-party/observe-subject.ts'
import { observeSubject } from '../support/servers/third-party/observe-subject.ts'
import { PRELOADED_SUBJECTS } from '../support/servers/third-party/preloaded-subjects.ts'
import { PROGRAM_SUBJECTS } from '../support/servers/third-party/program-subjects.ts'
import { createScratchProjects } from '../support/servers/third-party/scratch-projects.ts'
import { SDK_SUBJECTS } from '../support/servers/third-party/sdk-subjects.ts'
import { killServers } from '../support/servers/third-party/server-process.ts'
import type { ProjectName, Subject } from '../support/servers/third-party/subject.ts'

/** A file of the test attaches the program, or a preload; more servers are run by test/matrix/third-party.ts. */
const PRELOADED = ['MCP SDK 1.0.4', 'MCP SDK 2.4.0, revision', 'fastmcp', 'server-everything']
const SUBJECTS = [
  ...SDK_SUBJECTS,
  ...FRAMEWORK_SUBJECTS,
  ...PROGRAM_SUBJECTS,
  ...PRELOADED_SUBJECTS.filter(({ name }) => PRELOADED.some((start) => name.startsWith(start))),
]

/** Runs of each kind, of which the median counts. */
const RUNS = 5
/** How much later a server may end. */
const LATER_MS = 100

let projects: ReadonlyMap<ProjectName, ScratchProject> = new Map()
beforeAll(async () => {
  projects = await createScratchProjects(inject('packages'), SUBJECTS)
})
afterAll(() => {
  killServers()
  for (const project of projects.values()) project.remove()
})

function observe(subject: Subject, options: Omit<ObserveOptions, 'folder'>): Promise<Observation> {
  return observeSubject(subject, { folder: projects.get(subject.project)?.folder ?? '', ...options })
}

function expectCounted({ requestsSent, requestsCounted, expected, counted, reported }: Observation): void {
  expect(counted).toEqual(expected)
  expect(requestsCounted).toBe(requestsSent)
  expect(reported).toEqual([])
}

describe.each(SUBJECTS)('$name over stdio, attached by $hook', (subject) => {
  let observed: Observation
  beforeAll(async () => {
    observed = await observe(subject, { transport: 'stdio', runs: RUNS, laterMs: LATER_MS })
  })

  it('has each call counted once, by tool and error type', () => {
    expectCounted(observed)
  })

  it('gives the replies that it gives without mcp-vitals', () => {
    expect(observed.replies.with).toEqual(observed.replies.without)
  })

  it('writes nothing but JSON-RPC to stdout', () => {
    expect(observed.strayLines.with).toEqual([])
  })

  it('ends when its input ends, though it is scraped over a connection that stays open', () => {
    expect(observed.scrapes).toBeGreaterThan(1)
    expect(observed.connections).toBe(1)
    expect(observed.exitMs.with).toBeLessThanOrEqual(observed.exitMs.without + LATER_MS)
  })
})

describe.each(SUBJECTS.filter(({ http }) => http !== undefined))('$name over HTTP, attached by $hook', (subject) => {
  let observed: Observation
  beforeAll(async () => {
    observed = await observe(subject, { transport: 'http', runs: 1 })
  })

  it('has each call counted once, by tool and error type', () => {
    expectCounted(observed)
  })

  it('gives the replies that it gives without mcp-vitals', () => {
    expect(observed.replies.with).toEqual(observed.replies.without)
  })
})
