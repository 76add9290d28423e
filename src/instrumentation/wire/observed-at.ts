// Tells when what is observed happened: now, unless the source looks at messages some time after they have passed.

let passedAt: number | undefined

/** Of `performance.now()`. */
export function observedNow(): number {
  return passedAt ?? performance.now()
}

/** Runs `observe` as if it were `at`, of `performance.now()`. */
export function observedAt(at: number, observe: () => void): void {
  const before = passedAt
  passedAt = at
  try {
    observe()
  } finally {
    passedAt = before
  }
}
