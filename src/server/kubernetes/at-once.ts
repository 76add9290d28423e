// Runs tasks with a limit on how many run at the same time.

export interface AtOnce {
  run<T>(task: () => Promise<T>): Promise<T>
}

export function atOnce(most: number): AtOnce {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async run(task) {
      if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await task()
      } finally {
        // The place goes to the next one, if there is one.
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
