// Upper bounds of the histograms' buckets: seconds and bytes.

/** The lab's bounds from 0.1 s up, and finer ones below, since a fast tool would otherwise sit in one bucket. */
export const TOOL_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const
export const PAYLOAD_BYTES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304] as const
export const HEAP_BYTES = [
  4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864, 268_435_456,
] as const
/** The boundaries that the conventions for MCP advise. */
export const OPERATION_SECONDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300] as const
/** A session lasts from one call to days; the 300 s at which the convention's bounds end would put most in one bucket. */
export const SESSION_SECONDS = [
  1, 5, 10, 30, 60, 120, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400, 604_800,
] as const
/** The boundaries that the conventions for HTTP advise. */
export const HTTP_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const
/** From a native program to a package that has to be downloaded first. */
export const STARTUP_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const
/** From a task that ends while it is asked about to one that takes all of the 24 h it has by default. */
export const TASK_SECONDS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400] as const
