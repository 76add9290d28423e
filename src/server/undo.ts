// Undoes the steps of a startup in reverse order, within one deadline.

interface Undo {
  /** Registers how to undo the last step. */
  add(name: string, undo: () => unknown): void
  /** Undoes all steps, the last first, each once. Settles within `deadlineMs` and never rejects. */
  run(deadlineMs: number): Promise<void>
}

/** Calls `failed` for each step that throws or is late; the other steps are still undone. */
export function createUndo(failed: (name: string, error: unknown) => void): Undo {
  const steps: { name: string; undo: () => unknown }[] = []
  let running: Promise<void> | undefined
  return {
    add(name, undo) {
      steps.push({ name, undo })
    },
    run(deadlineMs) {
      running ??= undoAll(deadlineMs)
      return running
    },
  }

  async function undoAll(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, deadlineMs, 'late')
    })
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const { name, undo } = step
      const done = Promise.try(undo).catch((error: unknown) => failed(name, error))
      // After the deadline, the remaining steps still start: closing a socket takes no time.
      if ((await Promise.race([done, late])) === 'late') failed(name, new Error(`not finished within ${deadlineMs} ms`))
    }
    clearTimeout(timer)
  }
}
