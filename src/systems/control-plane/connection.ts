import type { Generation } from "../../model/objects/live.ts";
import type { Secret } from "../http/secret.ts";
import type { TransportSettings } from "../http/transport-settings.ts";

/** How calls are authenticated. */
export type Credentials =
  /** Nothing is sent: a control plane on loopback, or one behind a gateway of its own. */
  | { readonly kind: "none" }
  /** A bearer token, sent as it is. */
  | { readonly kind: "token"; readonly token: Secret }
  /** OAuth2 client credentials; token endpoint, scopes and header are discovered from the control plane. */
  | { readonly kind: "client_credentials"; readonly clientId: string; readonly clientSecret: Secret }
  /** A program that prints a token; run without a shell. */
  | { readonly kind: "command"; readonly command: readonly string[] };

/** Everything needed to reach one organization of one control plane. */
export interface Connection extends TransportSettings {
  /** Canonical URL (lower-case host, no default port, no trailing slash): with `org`, the key of the ledger. */
  readonly endpoint: string;
  readonly org: string;
  /** By which rules it is worked on. Left out: it is detected. */
  readonly generation?: Generation;
  readonly credentials: Credentials;
  /** Where endpoint, org and credentials were found, for messages: `--endpoint`, `POOLKEEPER_ORG`, a file. */
  readonly sources: { readonly endpoint: string; readonly org: string; readonly credentials: string };
}
