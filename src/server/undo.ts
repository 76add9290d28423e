// What was started in, undone in reverse within one deadline.

interface Undo {
  /** Registers how to undo what was just started. */
  add(name: string, undo: () => unknown): void
  /** Undoes all of it, the last first, each once. Settles after `deadlineMs` at the latest, and never rejects. */
  run(deadlineMs: number): Promise<void>
}

/** `failed` hears of each that threw or was not done in time; the others are undone all the same. */
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
      // Past the deadline the rest is still begun: closing a socket takes no time.
      if ((await Promise.race([done, late])) === 'late') failed(name, new Error(`not done within ${deadlineMs} ms`))
    }
    clearTimeout(timer)
  }
}
