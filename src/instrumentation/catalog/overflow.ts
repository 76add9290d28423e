// Where goes what a bound refuses.

/** The value of an attribute whose own value its bound does not admit. */
export const OTHER = '_OTHER'

/** The attribute (and, in Prometheus, label) that marks the series which takes what a bound refused. */
export const OVERFLOW_ATTRIBUTE = 'otel.metric.overflow'

/** How many series one instrument may have in the life of the process; what comes after goes to the overflow series. */
export const SERIES_LIMIT = 2000
