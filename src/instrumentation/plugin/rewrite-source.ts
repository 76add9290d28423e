// Makes the source of an MCP SDK hand over each server object that it creates. What is matched are assignments to two private fields:
// property names survive bundlers and minifiers, while file paths and class names do not.

/** Called with each server object while its constructor runs. All copies of this package share it. */
export const APPEARED = Symbol.for('mcp-vitals.appeared')

const CALL = `globalThis[Symbol.for("${APPEARED.description}")]?.(this)`

/** What stands before a name and after it where an instance gets the field, and where the call goes. */
interface Form {
  readonly before: RegExp
  readonly after: RegExp
  readonly put: 'before `this`' | 'before the value'
}

/**
 * Where a statement may begin or a sequence go on, so that what is put there is never an argument of a call or an initial value.
 * A line that begins there is one as well: SDKs and their compilers begin no other line with `this`.
 */
const STATEMENT = String.raw`(?:^|[\n;{}),]|\belse|(?:&&|\|\|) ?\()[ \t]*`

/** `McpServer` sets the one, the low-level `Server` the other, in SDK v1 and v2. */
const FORMS: Readonly<Record<string, readonly Form[]>> = {
  _registeredTools: [
    // this._registeredTools = {}
    { before: new RegExp(`${STATEMENT}this\\.$`), after: /^\s*=\s*\{\s*\}/, put: 'before `this`' },
    // _registeredTools = {}, a field of the class
    { before: /(?:^|[\n;{}])[ \t]*$/, after: /^\s*=\s*(?=\{\s*\})/, put: 'before the value' },
    // helper(this, "_registeredTools", {}), the same field compiled for older runtimes
    { before: /\(\s*this\s*,\s*["'`]$/, after: /^["'`]\s*,\s*(?=\{\s*\})/, put: 'before the value' },
  ],
  _serverInfo: [
    // this._serverInfo = info
    { before: new RegExp(`${STATEMENT}this\\.$`), after: /^\s*=(?!=)/, put: 'before `this`' },
  ],
}

/** Characters on either side of a name that are looked at: no form is longer, whatever the length of the source. */
const AROUND = 64

/** The source with the calls, or undefined where it has no server class. It has the lines of the original. */
export function rewriteSource(source: string): string | undefined {
  const calls = Object.entries(FORMS).flatMap(([name, forms]) => callsAt(source, name, forms))
  if (calls.length === 0) return undefined
  let rewritten = ''
  let copied = 0
  for (const { at, text } of calls.toSorted((a, b) => a.at - b.at)) {
    rewritten += source.slice(copied, at) + text
    copied = at
  }
  return rewritten + source.slice(copied)
}

function callsAt(
  source: string,
  name: string,
  forms: readonly Form[],
): { readonly at: number; readonly text: string }[] {
  const calls: { at: number; text: string }[] = []
  for (let found = source.indexOf(name); found !== -1; found = source.indexOf(name, found + name.length)) {
    const end = found + name.length
    const before = source.slice(Math.max(0, found - AROUND), found)
    const after = source.slice(end, end + AROUND)
    for (const form of forms) {
      const value = form.before.test(before) ? form.after.exec(after) : null
      if (value === null) continue
      if (form.put === 'before `this`') calls.push({ at: found - 'this.'.length, text: `${CALL},` })
      else calls.push({ at: end + value[0].length, text: `${CALL}??` })
      break
    }
  }
  return calls
}
