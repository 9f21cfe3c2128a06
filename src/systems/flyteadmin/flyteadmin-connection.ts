import type { Secret } from "../http/secret.ts";
import type { TransportSettings } from "../http/transport-settings.ts";

/** Everything needed to reach one flyteadmin. */
export interface FlyteadminConnection extends TransportSettings {
  /** Canonical URL (lower-case host, no default port, no trailing slash), below which `/api/v1` is served. */
  readonly endpoint: string;
  /** Sent as `authorization: Bearer`; null: none is. */
  readonly token: Secret | null;
  /** Where endpoint and token were found, for messages: `--flyteadmin-endpoint`, a variable, `none`. */
  readonly sources: { readonly endpoint: string; readonly token: string };
}
