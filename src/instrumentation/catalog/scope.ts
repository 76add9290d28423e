/** The instrumentation scope of everything this package records, and the version it reports. */
export const SCOPE = { name: 'mcp-vitals', version: '0.1.0' } as const
