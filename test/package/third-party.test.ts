// Tests servers that other people wrote or that run on older SDKs, as processes, with two lines of mcp-vitals, a preload or `wrap`: what
// a raw client sends is counted, and the server answers and ends as it does without them.
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
import { passedBytes, WRAPPED_SUBJECTS } from '../support/servers/third-party/wrapped-subjects.ts'

/** A file of the test attaches the program, or a preload; more servers are run by test/matrix/third-party.ts. */
const PRELOADED = ['MCP SDK 1.0.4', 'MCP SDK 2.4.0, revision', 'fastmcp', 'server-everything']
const SUBJECTS = [
  ...SDK_SUBJECTS,
  ...FRAMEWORK_SUBJECTS,
  ...PROGRAM_SUBJECTS,
  ...PRELOADED_SUBJECTS.filter(({ name }) => PRELOADED.some((start) => name.startsWith(start))),
  ...WRAPPED_SUBJECTS,
]

/** Runs of each kind, of which the median counts. */
const RUNS = 5
/** How much later a server may end; `wrap` may push for 500 ms, and ends after the server. */
const LATER_MS = 100
const WRAPPED_LATER_MS = 700

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
  const laterMs = subject.isWrapped === true ? WRAPPED_LATER_MS : LATER_MS
  let observed: Observation
  beforeAll(async () => {
    observed = await observe(subject, { transport: 'stdio', runs: RUNS, laterMs })
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
    expect(observed.exitMs.with).toBeLessThanOrEqual(observed.exitMs.without + laterMs)
  })

  if (subject.isWrapped !== true) return

  it('receives and sends the bytes that it does without, apart from own requests', () => {
    const bytes = passedBytes(projects.get(subject.project)?.folder ?? '')
    expect(bytes.server).toEqual({ received: bytes.client.sent, sent: bytes.client.received })
    expect(bytes.answers.with).toBe(bytes.answers.without)
    expect(bytes.own.requests).toBeGreaterThan(0)
    expect(bytes.own.answers).toBe(bytes.own.requests)
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
