// How HTTP requests that were sent may fail, as labels.

/** How an outgoing HTTP request can fail before it has a status: Node's and undici's codes, and what ends a wait. */
export const HTTP_FAILURES = [
  'timeout',
  'cancelled',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
] as const

/** The statuses from 400 on that the registry of HTTP knows, as text. */
export const HTTP_ERROR_STATUSES = [
  ...['400', '401', '402', '403', '404', '405', '406', '407', '408', '409', '410', '411', '412', '413', '414', '415'],
  ...['416', '417', '421', '422', '423', '424', '425', '426', '428', '429', '431', '451'],
  ...['500', '501', '502', '503', '504', '505', '506', '507', '508', '511'],
] as const
