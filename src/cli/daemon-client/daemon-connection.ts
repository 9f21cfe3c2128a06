import type { Secret } from "../../systems/http/secret.ts";
import type { TransportSettings } from "../../systems/http/transport-settings.ts";

/** Everything needed to reach a running daemon. */
export interface DaemonConnection extends TransportSettings {
  /** Canonical URL (lower-case host, no default port, no trailing slash), below which `/api/v1` is served. */
  readonly endpoint: string;
  /** Sent as `authorization: Bearer`; null: none is. */
  readonly token: Secret | null;
}
