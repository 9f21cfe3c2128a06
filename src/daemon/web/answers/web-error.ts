/** What can be wrong with a request, and the HTTP status that says so. The codes are stable. */
export const WEB_ERRORS = {
  invalid: 400,
  unauthorized: 401,
  not_allowed: 403,
  not_found: 404,
  conflict: 409,
  stale: 409,
  ambiguous: 409,
  needs_override: 409,
  nothing_to_approve: 409,
  nothing_to_override: 409,
  nothing_to_reject: 409,
  not_looked_at: 409,
  timeout: 408,
  too_large: 413,
  unsupported_media_type: 415,
  misdirected: 421,
  rate_limited: 429,
  internal: 500,
  overloaded: 503,
  unavailable: 503,
  store_damaged: 503,
} as const;
export type WebErrorCode = keyof typeof WEB_ERRORS;

/** A refused request. The message goes to the caller: what is wrong, and what to do; nothing internal. */
export class WebError extends Error {
  readonly code: WebErrorCode;
  readonly statusCode: number;
  /** In how many seconds the caller may try again; null: nothing is said about that. */
  readonly retry_after: number | null;

  constructor(code: WebErrorCode, message: string, retryAfter: number | null = null) {
    super(message);
    this.name = "WebError";
    this.code = code;
    this.statusCode = WEB_ERRORS[code];
    this.retry_after = retryAfter;
  }
}

/** The code as it is in {@link WEB_ERRORS}; an unknown one counts as a conflict. */
export function toWebErrorCode(code: string): WebErrorCode {
  return Object.hasOwn(WEB_ERRORS, code) ? (code as WebErrorCode) : "conflict";
}
