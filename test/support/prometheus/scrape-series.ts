// The URL of /metrics in, its samples out by name, with the labels in the order of the alphabet.

export async function scrapeSeries(metricsUrl: string): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(metricsUrl)).text()
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ')
      const value = Number(line.slice(space + 1).replace('Inf', 'Infinity'))
      if (Number.isNaN(value)) throw new Error(`no number: ${line}`)
      return [sorted(line.slice(0, space)), value]
    }),
  )
}

function sorted(series: string): string {
  const labels = [...series.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([label]) => label)
  return labels.length === 0 ? series : `${series.slice(0, series.indexOf('{'))}{${labels.sort().join(',')}}`
}
