// The same servers with unchanged files, attached by `--import mcp-vitals/register`.
import { FRAMEWORK_SUBJECTS } from './framework-subjects.ts'
import { HIDDEN_SERVER_SUBJECTS } from './hidden-server-subjects.ts'
import { MORE_PROGRAM_SUBJECTS } from './more-program-subjects.ts'
import { PROGRAM_SUBJECTS } from './program-subjects.ts'
import { SDK_SUBJECTS } from './sdk-subjects.ts'
import type { Starts, Subject } from './subject.ts'

const REGISTER = ['--import', 'mcp-vitals/register']

function preloaded(subject: Subject): Subject {
  const { stdio, http, ...rest } = subject
  const starts = ({ without }: Starts): Starts => ({
    with: { ...without, args: [...REGISTER, ...without.args] },
    without,
  })
  return {
    ...rest,
    hook: REGISTER.join(' '),
    isPreloaded: true,
    ...(stdio && { stdio: starts(stdio) }),
    ...(http && { http: (port) => starts(http(port)) }),
  }
}

/** tmcp and mcp-lite have no server of the SDK. `trackTool` misses the calls whose function does not run. */
const HIDDEN = HIDDEN_SERVER_SUBJECTS.filter(({ name }) => !/^(tmcp|mcp-lite)/.test(name)).map((subject) => ({
  ...subject,
  calls: subject.calls.map((call) =>
    call.counts === 'nothing'
      ? { ...call, counts: call.tool === 'made_up' ? 'unknown_tool' : 'validation_error' }
      : call,
  ),
}))

export const PRELOADED_SUBJECTS = [
  ...SDK_SUBJECTS,
  ...FRAMEWORK_SUBJECTS,
  ...HIDDEN,
  ...PROGRAM_SUBJECTS,
  ...MORE_PROGRAM_SUBJECTS,
].map(preloaded)
