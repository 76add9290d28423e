// Reads the messages of a server-sent event stream from its bytes, without holding more of an event than its message needs.
import type { Line } from '../wrap/message-lines.ts'
import type { MessageBody } from './message-body.ts'

export interface ServerEvent {
  /** The last event id that the stream has named. */
  readonly id: string | undefined
  readonly data: Line
}

export interface EventReader {
  /** The next bytes of the stream. Returns the events that end in them. */
  push(bytes: Buffer): ServerEvent[]
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const COLON = 0x3a
const SPACE = 0x20
/** Longer than each field that matters; and the longest id that is read. */
const MAX_NAME = 8
const MAX_ID = 1_024

/** Source: HTML Living Standard, section 9.2.6, "Interpreting an event stream". */
export function createEventReader(newBody: () => MessageBody): EventReader {
  const body = newBody()
  let id: string | undefined
  let hasData = false
  let name = ''
  let isNamed = false
  let isValueStart = false
  let idText = ''
  let afterReturn = false

  const startValue = () => {
    isNamed = true
    isValueStart = true
    if (name !== 'data') return
    // Lines of data are joined by a line feed.
    if (hasData) body.push(Buffer.of(LINE_FEED))
    hasData = true
  }
  const value = (bytes: Buffer) => {
    const given = isValueStart && bytes[0] === SPACE ? bytes.subarray(1) : bytes
    isValueStart = false
    if (name === 'data') body.push(given)
    else if (name === 'id' && idText.length <= MAX_ID) idText += given.toString('latin1')
  }
  const piece = (bytes: Buffer) => {
    if (bytes.length === 0) return
    if (isNamed) return value(bytes)
    const colon = bytes.indexOf(COLON)
    const end = colon === -1 ? bytes.length : colon
    if (name.length <= MAX_NAME) name += bytes.toString('latin1', 0, Math.min(end, MAX_NAME + 1))
    if (colon === -1) return
    startValue()
    if (colon + 1 < bytes.length) value(bytes.subarray(colon + 1))
  }
  const endLine = (): ServerEvent | undefined => {
    const isEmpty = name === '' && !isNamed
    if (!isNamed && name !== '') startValue()
    if (name === 'id' && idText.length <= MAX_ID && !idText.includes('\0')) id = idText
    name = ''
    isNamed = false
    idText = ''
    if (!isEmpty || !hasData) return undefined
    hasData = false
    const data = body.end()
    return data === undefined ? undefined : { id, data }
  }

  return {
    push(bytes) {
      const events: ServerEvent[] = []
      let from = 0
      if (afterReturn && bytes[0] === LINE_FEED) from = 1
      if (bytes.length > 0) afterReturn = false
      let feed = bytes.indexOf(LINE_FEED, from)
      let back = bytes.indexOf(CARRIAGE_RETURN, from)
      while (from < bytes.length) {
        if (feed !== -1 && feed < from) feed = bytes.indexOf(LINE_FEED, from)
        if (back !== -1 && back < from) back = bytes.indexOf(CARRIAGE_RETURN, from)
        const at = back !== -1 && (feed === -1 || back < feed) ? back : feed
        if (at === -1) {
          piece(bytes.subarray(from))
          break
        }
        piece(bytes.subarray(from, at))
        const event = endLine()
        if (event !== undefined) events.push(event)
        from = at + 1
        if (at !== back) continue
        if (bytes[from] === LINE_FEED) from += 1
        else afterReturn = from === bytes.length
      }
      return events
    },
  }
}
