// For each message of the protocol, an exchange that makes a server record all that it records of it.

/** One request with its answer, or a notification. */
export interface Exchange {
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: Readonly<Record<string, unknown>>
  /** No answer comes: its stream stays open. */
  readonly isOpen?: true
}

export interface Exercise {
  /** Messages that come before it, and are not looked at. */
  readonly before?: readonly (Exchange & {
    readonly method: string
    readonly from: 'client' | 'server'
    readonly id?: string
  })[]
  readonly exchanges: readonly Exchange[]
  /** The connection closes at the end. */
  readonly closes?: true
}

const plain: Exercise = { exchanges: [{}] }
const BUILD = { name: 'build', arguments: { what: 'all' } }

/** A task in the form of both revisions. */
const task = (status: string) => ({ taskId: 'the task', status, resultType: 'task', ttl: null, ttlMs: null })
const madeTask = {
  from: 'client',
  method: 'tools/call',
  params: BUILD,
  result: task('working'),
} as const
const about = { taskId: 'the task' }
const list = (member: string): Exercise => ({ exchanges: [{ result: { [member]: [{ name: 'one' }] } }] })

/** By sender and method; where a revision has a form of its own, by that too. */
export const EXERCISES: Readonly<Record<string, Exercise>> = {
  'client initialize': {
    exchanges: [
      {
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'zed', version: '1' } },
        result: { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 's', version: '1' } },
      },
    ],
    closes: true,
  },
  'client server/discover': { exchanges: [{ result: { supportedVersions: ['2026-07-28'] } }] },
  'client ping': plain,
  'client tools/call': {
    exchanges: [
      { params: BUILD, result: { content: [] } },
      { params: BUILD, result: { content: [], isError: true } },
      { params: BUILD, result: task('working') },
    ],
  },
  'client tools/list': list('tools'),
  'client prompts/list': list('prompts'),
  'client prompts/get': { exchanges: [{ params: { name: 'greet' }, result: { messages: [] } }] },
  'client resources/list': list('resources'),
  'client resources/templates/list': list('resourceTemplates'),
  'client resources/read': { exchanges: [{ params: { uri: 'file:///a' }, result: { contents: [] } }] },
  'client resources/subscribe': { exchanges: [{ params: { uri: 'file:///a' } }] },
  'client resources/unsubscribe': { exchanges: [{ params: { uri: 'file:///a' } }] },
  'client completion/complete': { exchanges: [{ result: { completion: { values: [] } } }] },
  'client logging/setLevel': { exchanges: [{ params: { level: 'info' } }] },
  'client subscriptions/listen': { exchanges: [{ params: { notifications: {} }, isOpen: true }], closes: true },
  'client tasks/get': { before: [madeTask], exchanges: [{ params: about, result: task('completed') }] },
  'client tasks/result': { before: [madeTask], exchanges: [{ params: about, result: { content: [] } }] },
  'client tasks/list': { before: [madeTask], exchanges: [{ result: { tasks: [task('failed')] } }] },
  'client tasks/cancel': { before: [madeTask], exchanges: [{ params: about, result: task('cancelled') }] },
  'client tasks/cancel 2026-07-28': { before: [madeTask], exchanges: [{ params: about, result: {} }] },
  'client tasks/update': { before: [madeTask], exchanges: [{ params: { ...about, inputResponses: {} } }] },
  'server ping': plain,
  'server sampling/createMessage': plain,
  'server elicitation/create': plain,
  'server roots/list': { exchanges: [{ result: { roots: [] } }] },
  'server tasks/get': { exchanges: [{ params: about, result: task('completed') }] },
  'server tasks/result': { exchanges: [{ params: about, result: { content: [] } }] },
  'server tasks/list': { exchanges: [{ result: { tasks: [task('completed')] } }] },
  'server tasks/cancel': { exchanges: [{ params: about, result: task('cancelled') }] },
  'client notifications/initialized': plain,
  'client notifications/cancelled': {
    before: [{ from: 'client', method: 'tools/call', params: BUILD, id: 'open', isOpen: true }],
    exchanges: [{ params: { requestId: 'open' } }],
  },
  'client notifications/progress': { exchanges: [{ params: { progressToken: 1, progress: 1 } }] },
  'client notifications/roots/list_changed': plain,
  'client notifications/tasks/status': { exchanges: [{ params: task('completed') }] },
  'server notifications/cancelled': {
    before: [{ from: 'server', method: 'ping', id: 'asked', isOpen: true }],
    exchanges: [{ params: { requestId: 'asked' } }],
  },
  'server notifications/progress': { exchanges: [{ params: { progressToken: 1, progress: 1 } }] },
  'server notifications/message': { exchanges: [{ params: { level: 'info', data: 'x' } }] },
  'server notifications/tools/list_changed': plain,
  'server notifications/prompts/list_changed': plain,
  'server notifications/resources/list_changed': plain,
  'server notifications/resources/updated': { exchanges: [{ params: { uri: 'file:///a' } }] },
  'server notifications/elicitation/complete': { exchanges: [{ params: { elicitationId: 'e' } }] },
  'server notifications/subscriptions/acknowledged': plain,
  'server notifications/tasks/status': { before: [madeTask], exchanges: [{ params: task('completed') }] },
  'server notifications/tasks': { before: [madeTask], exchanges: [{ params: task('failed') }] },
}
