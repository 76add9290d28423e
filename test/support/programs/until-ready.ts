import { waitFor } from './wait-for.ts'

/** Waits until the server says that it is ready: the first time it is asked, it loads its cluster. */
export async function untilReady({ metricsUrl }: { readonly metricsUrl: string }): Promise<void> {
  const url = metricsUrl.replace(/metrics$/, 'ready')
  await waitFor(async () => (await fetch(url)).status === 200, 15_000, '/ready')
}
