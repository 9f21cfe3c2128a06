import type { FastifyBaseLogger } from "fastify";
import type { HttpConfig, SecretReference } from "../../../model/daemon/daemon-config.ts";
import type { Metrics } from "../metrics/metrics.ts";

/** Gives the text of a secret. Called at each use, so that a rotated file takes effect immediately; throws where there is none. */
export type ReadSecret = (reference: SecretReference) => string | Promise<string>;

/** What the web part needs beside the service. */
export interface WebOptions {
  readonly http: HttpConfig;
  readonly readSecret: ReadSecret;
  /** A pino logger. Requests are logged by their route, never by their headers or bodies. */
  readonly log: FastifyBaseLogger;
  readonly metrics: Metrics;
  /** The clock of sessions, webhooks and shown ages. Default: the machine's. */
  readonly now?: () => Date;
  readonly limits?: Partial<WebLimits>;
}

/** Bounds on what a caller may take; times in milliseconds, sizes in bytes. */
export interface WebLimits {
  /** All headers of a request have to be there. */
  readonly headers_ms: number;
  /** A whole request has to be there. */
  readonly request_ms: number;
  /** A connection on which nothing moves is ended. */
  readonly idle_ms: number;
  /** How long a caller may take to read an answer. */
  readonly answer_ms: number;
  /** All answers together that were not read yet. */
  readonly answers_bytes: number;
  /** Most open connections. */
  readonly connections: number;
  /** How often slow connections are looked for. */
  readonly check_ms: number;
  readonly header_bytes: number;
  /** Of API requests and forms. */
  readonly body_bytes: number;
  /** Of webhooks: forges send whole histories, of which only the hash is needed. */
  readonly webhook_bytes: number;
  /** A webhook's body has to be there, from its headers on. */
  readonly webhook_ms: number;
  /** Webhooks whose body is on its way, of one address and of all. */
  readonly webhooks_each: number;
  readonly webhooks: number;
  /** Kept until they are verified, of all webhooks about comments. */
  readonly kept_webhooks_bytes: number;
  /** Comments that keep streams of events open. */
  readonly heartbeat_ms: number;
  /** How long a reader of events may take nothing before it is dropped. */
  readonly slow_reader_ms: number;
  /** Events that were written out, and not taken yet, of all readers together. */
  readonly events_bytes: number;
  /** Most open event streams. */
  readonly listeners: number;
  /** Of those, by callers without a token. */
  readonly anonymous_listeners: number;
  /** Of those, by one caller at one address. */
  readonly listeners_each: number;
  /** A stream ends after this time; who listens comes back with rights that still hold. */
  readonly stream_ms: number;
  /** How often it is looked whether those who listen still may. */
  readonly recheck_ms: number;
  readonly session_ms: number;
  /** Wrong tokens from one address in a minute, on the page or in headers. */
  readonly wrong_tokens_per_minute: number;
}

/** The bounds where none are given. */
export const DEFAULT_LIMITS: WebLimits = {
  headers_ms: 10_000,
  request_ms: 30_000,
  idle_ms: 75_000,
  answer_ms: 60_000,
  answers_bytes: 64 * 1024 * 1024,
  connections: 2_000,
  check_ms: 2_000,
  header_bytes: 16 * 1024,
  body_bytes: 64 * 1024,
  webhook_bytes: 5 * 1024 * 1024,
  webhook_ms: 10_000,
  webhooks_each: 16,
  webhooks: 128,
  kept_webhooks_bytes: 32 * 1024 * 1024,
  heartbeat_ms: 15_000,
  slow_reader_ms: 30_000,
  events_bytes: 32 * 1024 * 1024,
  listeners: 500,
  anonymous_listeners: 250,
  listeners_each: 50,
  stream_ms: 3_600_000,
  recheck_ms: 1_000,
  session_ms: 12 * 3_600_000,
  wrong_tokens_per_minute: 30,
};
