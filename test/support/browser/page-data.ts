// What the live page receives, read without a browser: it signs in with the launch token and takes the first event of the stream.

export interface PageData {
  readonly servers: readonly { readonly id: string; readonly name: string }[]
  /** Values of a figure of one server, by its labels joined with a space. */
  figure(server: string, name: string): Promise<Readonly<Record<string, number>>>
}

interface Snapshot {
  readonly servers: PageData['servers']
  readonly series?: readonly (readonly [id: number, figure: string, labels: readonly string[]])[]
  readonly totals?: readonly (readonly [id: number, value: number])[]
}

/** @param pageUrl With the launch token. */
export async function readPage(pageUrl: string): Promise<PageData> {
  const signedIn = await fetch(pageUrl, { redirect: 'manual' })
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
  const snapshot = async (query: string): Promise<Snapshot> => {
    const gone = new AbortController()
    const response = await fetch(new URL(`/page/stream${query}`, pageUrl), { headers: { cookie }, signal: gone.signal })
    const decoder = new TextDecoder()
    let text = ''
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true })
      if (text.includes('\n\n')) break
    }
    gone.abort()
    return JSON.parse(/^event: snapshot\ndata: (.*)$/m.exec(text)?.[1] ?? '{}') as Snapshot
  }
  const { servers } = await snapshot('')
  return {
    servers,
    async figure(name, figure) {
      const id = servers.find((server) => server.name === name)?.id ?? ''
      const { series = [], totals = [] } = await snapshot(`?server=${encodeURIComponent(id)}`)
      const values = new Map(totals.map(([key, value]) => [key, value]))
      return Object.fromEntries(
        series.filter(([, own]) => own === figure).map(([key, , labels]) => [labels.join(' '), values.get(key) ?? 0]),
      )
    },
  }
}
