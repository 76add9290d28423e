// Tasks in, their results out, so many at once and no more; the others wait their turn.

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
