// Reads what matters of a message that is too large to be collected: its pieces are scanned as they pass, and forgotten.

/** Which members of a message are kept, by path; `size` measures a member, `items` are the elements of a list. */
interface Shape {
  readonly members?: Readonly<Record<string, Shape>>
  readonly items?: Shape
  readonly size?: 'argumentBytes' | 'resultBytes'
}

const KEPT: Shape = {}
const IMPLEMENTATION: Shape = { members: { name: KEPT, version: KEPT } }
const META: Shape = {
  members: {
    traceparent: KEPT,
    tracestate: KEPT,
    'io.modelcontextprotocol/protocolVersion': KEPT,
    'io.modelcontextprotocol/clientInfo': IMPLEMENTATION,
    'io.modelcontextprotocol/serverInfo': IMPLEMENTATION,
  },
}
const TASK: Shape = { members: { taskId: KEPT, status: KEPT, ttl: KEPT, ttlMs: KEPT } }
const NAMED: Shape = { items: { members: { name: KEPT } } }
const MESSAGE: Shape = {
  members: {
    jsonrpc: KEPT,
    id: KEPT,
    method: KEPT,
    params: {
      members: {
        name: KEPT,
        requestId: KEPT,
        reason: KEPT,
        protocolVersion: KEPT,
        clientInfo: IMPLEMENTATION,
        arguments: { size: 'argumentBytes' },
        ...TASK.members,
        result: { members: { isError: KEPT } },
        _meta: META,
      },
    },
    result: {
      size: 'resultBytes',
      members: {
        ...TASK.members,
        // Told from a task by its content, of which nothing is kept.
        content: { members: {} },
        task: TASK,
        tasks: { items: TASK },
        result: { members: { isError: KEPT } },
        isError: KEPT,
        resultType: KEPT,
        protocolVersion: KEPT,
        serverInfo: IMPLEMENTATION,
        nextCursor: KEPT,
        structuredContent: { members: { success: KEPT, error_type: KEPT } },
        tools: NAMED,
        prompts: NAMED,
        _meta: META,
      },
    },
    error: { members: { code: KEPT } },
  },
}

export interface ScannedMessage {
  /** The message with the kept members alone. */
  readonly message: Readonly<Record<string, unknown>>
  /** Bytes of `params.arguments` without white space between tokens; undefined if there are none. */
  readonly argumentBytes: number | undefined
  /** Bytes of `result`, likewise. */
  readonly resultBytes: number | undefined
}

export interface LargeMessage {
  /** The next bytes of the message. Nothing of them is kept but short values of the members above. */
  push(bytes: Uint8Array): void
  /** What the message was; undefined if it was not a JSON object. */
  end(): ScannedMessage | undefined
}

/** Deeper than this is no message that a peer could read. */
const MAX_DEPTH = 10_000
/** Longer names and ids are not kept. */
const MAX_TEXT = 4_096
/** Elements of a list that are kept: more tools or prompts than this are `_OTHER` on metrics. */
const MAX_ITEMS = 1_000

interface Frame {
  readonly isObject: boolean
  readonly shape: Shape | undefined
  readonly value: Record<string, unknown> | unknown[] | undefined
  /** Of the value that is open in it. */
  key: string
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

export function createLargeMessage(): LargeMessage {
  const root: Record<string, unknown> = {}
  const frames: Frame[] = []
  const sizes: { argumentBytes?: number; resultBytes?: number } = {}
  /** Open members whose size is measured, with the position at which each begins. */
  const measured: { readonly depth: number; readonly size: 'argumentBytes' | 'resultBytes'; readonly from: number }[] =
    []
  /** Bytes so far, without white space between tokens. */
  let position = 0
  let state: 'value' | 'key' | 'after' | 'done' | 'broken' = 'value'
  let inString = false
  let inScalar = false
  let escaped = false
  /** The bytes of the value or key that is kept, while it is read. */
  let kept: Uint8Array[] | undefined
  let keptLength = 0
  /** The shape of the value that is read. */
  let current: Shape | undefined = MESSAGE

  const keep = (bytes: Uint8Array) => {
    if (kept === undefined) return
    keptLength += bytes.length
    if (keptLength > MAX_TEXT) kept = undefined
    else kept.push(Uint8Array.from(bytes))
  }
  const startText = (wanted: boolean) => {
    kept = wanted ? [] : undefined
    keptLength = 0
  }
  const text = (): unknown => {
    if (kept === undefined) return undefined
    try {
      return JSON.parse(Buffer.concat(kept).toString())
    } catch {
      return undefined
    }
  }
  const attach = (value: unknown) => {
    const parent = frames.at(-1)
    if (parent?.value === undefined || value === undefined) return
    if (Array.isArray(parent.value)) parent.value.push(value)
    else if (parent.key !== '__proto__') parent.value[parent.key] = value
  }
  const startValue = () => {
    const parent = frames.at(-1)
    if (parent !== undefined && !parent.isObject) {
      const { value } = parent
      current = Array.isArray(value) && value.length < MAX_ITEMS ? parent.shape?.items : undefined
    }
    if (current?.size !== undefined) measured.push({ depth: frames.length, size: current.size, from: position })
  }
  const endValue = () => {
    const open = measured.at(-1)
    if (open !== undefined && open.depth === frames.length) {
      measured.pop()
      sizes[open.size] = position - open.from
    }
    state = frames.length === 0 ? 'done' : 'after'
  }
  const open = (isObject: boolean) => {
    if (state !== 'value' || frames.length >= MAX_DEPTH || (frames.length === 0 && !isObject)) {
      state = 'broken'
      return
    }
    startValue()
    const shape = current
    const value = shape === undefined ? undefined : frames.length === 0 ? root : isObject ? {} : []
    attach(value)
    frames.push({ isObject, shape, value, key: '' })
    state = isObject ? 'key' : 'value'
  }
  const close = (isObject: boolean) => {
    if (frames.at(-1)?.isObject !== isObject) {
      state = 'broken'
      return
    }
    frames.pop()
    // The bracket itself belongs to the value.
    position += 1
    endValue()
    position -= 1
  }
  const endString = () => {
    inString = false
    const frame = frames.at(-1)
    if (state === 'key' && frame !== undefined) {
      const name = frame.shape?.members === undefined ? undefined : text()
      frame.key = typeof name === 'string' ? name : ''
      const members = frame.shape?.members
      current = members !== undefined && Object.hasOwn(members, frame.key) ? members[frame.key] : undefined
      return
    }
    if (current === KEPT) attach(text())
    endValue()
  }
  const endScalar = () => {
    inScalar = false
    if (current !== undefined) attach(text())
    endValue()
  }

  /** Where the next backslash of these bytes is, looked for once per backslash and not once per string; -1 for none. */
  let slash = 0
  const nextBackslash = (bytes: Buffer, from: number): number => {
    if (slash !== -1 && slash < from) slash = bytes.indexOf(BACKSLASH, from)
    return slash
  }

  /** Reads the bytes of a string from `at` on; returns where it stops. */
  const readString = (bytes: Buffer, at: number): number => {
    let from = at
    let ended = false
    while (from < bytes.length && !ended) {
      if (escaped) {
        escaped = false
        from += 1
        continue
      }
      const quote = bytes.indexOf(QUOTE, from)
      const backslash = nextBackslash(bytes, from)
      if (backslash !== -1 && (quote === -1 || backslash < quote)) {
        escaped = true
        from = backslash + 1
      } else {
        ended = quote !== -1
        from = ended ? quote + 1 : bytes.length
      }
    }
    keep(bytes.subarray(at, from))
    position += from - at
    if (ended) endString()
    return from
  }

  const readByte = (byte: number, bytes: Buffer, at: number) => {
    const isSpace = byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
    const isMark = byte === 0x2c || byte === 0x3a || byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d
    if (inScalar) {
      if (!isSpace && !isMark) {
        keep(bytes.subarray(at, at + 1))
        position += 1
        return
      }
      endScalar()
    }
    if (isSpace) return
    switch (byte) {
      case QUOTE:
        if (frames.length === 0 || state === 'after') {
          state = 'broken'
          return
        }
        if (state === 'value') startValue()
        startText(state === 'key' ? frames.at(-1)?.shape?.members !== undefined : current === KEPT)
        keep(bytes.subarray(at, at + 1))
        inString = true
        break
      case 0x7b:
      case 0x5b:
        open(byte === 0x7b)
        break
      case 0x7d:
      case 0x5d:
        close(byte === 0x7d)
        break
      case 0x2c:
        state = frames.at(-1)?.isObject === true ? 'key' : 'value'
        break
      case 0x3a:
        state = 'value'
        break
      default:
        if (state !== 'value') {
          state = 'broken'
          return
        }
        startValue()
        startText(current !== undefined)
        keep(bytes.subarray(at, at + 1))
        inScalar = true
    }
    position += 1
  }

  return {
    push(given) {
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
      slash = bytes.indexOf(BACKSLASH)
      for (let at = 0; at < bytes.length && state !== 'broken'; ) {
        if (inString) {
          at = readString(bytes, at)
        } else {
          readByte(bytes[at] as number, bytes, at)
          at += 1
        }
      }
    },
    end() {
      if (state !== 'done') return undefined
      return { message: root, argumentBytes: sizes.argumentBytes, resultBytes: sizes.resultBytes }
    },
  }
}
