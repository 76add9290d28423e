// uPlot as its own file brings it to the page: a global.
import type UPlot from 'uplot'

declare global {
  const uPlot: typeof UPlot
}
