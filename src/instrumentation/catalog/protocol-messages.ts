// Every request and notification of both protocol revisions, by who sends it, and what is measured of it beyond its duration.

/** How a revision has the message: by itself, by an extension, or as a part of the result of another request. */
export type Presence = 'core' | 'extension' | 'in a result'
export type Revision = '2025-11-25' | '2026-07-28'

export interface ProtocolMessage {
  readonly method: string
  readonly kind: 'request' | 'notification'
  readonly from: 'client' | 'server'
  /** The revisions that have it. Older ones have a part of 2025-11-25. */
  readonly in: Readonly<Partial<Record<Revision, Presence>>>
  /**
   * What a server records of it, by names of the catalog. Besides, each message has an operation duration, of the server if it is the
   * client's, of the client if it is the server's; and each request of a client counts in `clientRequests`.
   */
  readonly records: readonly string[]
  readonly note: string
}

type Row = readonly [method: string, presence: ProtocolMessage['in'], records?: readonly string[], note?: string]

const BOTH = { '2025-11-25': 'core', '2026-07-28': 'core' } as const
const OLD = { '2025-11-25': 'core' } as const
const NEW = { '2026-07-28': 'core' } as const
const TASK = { '2025-11-25': 'core', '2026-07-28': 'extension' } as const
const NEW_TASK = { '2026-07-28': 'extension' } as const
const ASKED = { '2025-11-25': 'core', '2026-07-28': 'in a result' } as const

const TASK_END = ['tasks', 'taskDuration', 'activeTasks'] as const
const TELLS = 'if it is the first message to tell how a task ended'
const NOT_OURS = 'about tasks of the client, which are not counted'

const CLIENT_REQUESTS: readonly Row[] = [
  [
    'initialize',
    OLD,
    ['activeSessions', 'serverSessionDuration', 'serverProtocolInfo'],
    'opens the session; its duration is recorded when it ends',
  ],
  ['server/discover', NEW, ['serverProtocolInfo'], 'as any request that is the first of its revision'],
  ['ping', OLD],
  [
    'tools/call',
    BOTH,
    ['toolCalls', 'toolDuration', 'toolErrors', 'activeRequests', 'requestSize', 'responseSize', 'activeTasks'],
    'errors if it fails; tasks if it is answered with one',
  ],
  [
    'tools/list',
    BOTH,
    ['listResponseSize', 'toolDefinitionSize', 'toolsListed'],
    'definitions once the last page is out',
  ],
  ['prompts/list', BOTH, ['listResponseSize']],
  ['prompts/get', BOTH],
  ['resources/list', BOTH, ['listResponseSize']],
  ['resources/templates/list', BOTH, ['listResponseSize']],
  ['resources/read', BOTH],
  ['resources/subscribe', OLD],
  ['resources/unsubscribe', OLD],
  ['completion/complete', BOTH],
  ['logging/setLevel', OLD],
  ['subscriptions/listen', NEW, ['activeSubscriptions'], 'while its stream is open; no duration'],
  ['tasks/get', TASK, TASK_END, TELLS],
  ['tasks/result', OLD, TASK_END, TELLS],
  ['tasks/list', OLD, TASK_END, 'if it is the first message to tell how an open task ended'],
  ['tasks/cancel', OLD, TASK_END, TELLS],
  ['tasks/cancel', NEW_TASK, [], 'its answer is empty: a later message tells how the task ended'],
  ['tasks/update', NEW_TASK],
]

const SERVER_REQUESTS: readonly Row[] = [
  ['ping', OLD],
  ['sampling/createMessage', ASKED, [], 'in a result: the request that it answers is `input_required`'],
  ['elicitation/create', ASKED, [], 'in a result: the request that it answers is `input_required`'],
  ['roots/list', ASKED, [], 'in a result: the request that it answers is `input_required`'],
  ['tasks/get', OLD, [], NOT_OURS],
  ['tasks/result', OLD, [], NOT_OURS],
  ['tasks/list', OLD, [], NOT_OURS],
  ['tasks/cancel', OLD, [], NOT_OURS],
]

const CLIENT_NOTIFICATIONS: readonly Row[] = [
  ['notifications/initialized', OLD],
  [
    'notifications/cancelled',
    BOTH,
    ['toolCalls', 'toolDuration', 'activeRequests', 'requestSize', 'clientRequests'],
    'ends the call that it names, which is then recorded as `cancelled`',
  ],
  ['notifications/progress', OLD],
  ['notifications/roots/list_changed', OLD],
  ['notifications/tasks/status', OLD, [], NOT_OURS],
]

const SERVER_NOTIFICATIONS: readonly Row[] = [
  ['notifications/cancelled', BOTH, [], 'ends the request of the server that it names'],
  ['notifications/progress', BOTH],
  ['notifications/message', BOTH],
  ['notifications/tools/list_changed', BOTH],
  ['notifications/prompts/list_changed', BOTH],
  ['notifications/resources/list_changed', BOTH],
  ['notifications/resources/updated', BOTH],
  ['notifications/elicitation/complete', OLD],
  ['notifications/subscriptions/acknowledged', NEW],
  ['notifications/tasks/status', OLD, TASK_END, TELLS],
  [
    'notifications/tasks',
    NEW_TASK,
    TASK_END,
    `${TELLS}; not seen on a stream that \`createMcpHandler\` of SDK v2 writes by itself: a poll tells the end, else the task expires`,
  ],
]

export const PROTOCOL_MESSAGES: readonly ProtocolMessage[] = [
  ...messages('request', 'client', CLIENT_REQUESTS),
  ...messages('request', 'server', SERVER_REQUESTS),
  ...messages('notification', 'client', CLIENT_NOTIFICATIONS),
  ...messages('notification', 'server', SERVER_NOTIFICATIONS),
]

function messages(kind: ProtocolMessage['kind'], from: ProtocolMessage['from'], rows: readonly Row[]) {
  return rows.map(([method, presence, records = [], note = '']) => ({
    method,
    kind,
    from,
    in: presence,
    records,
    note,
  }))
}
