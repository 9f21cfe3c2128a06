import { homedir } from "node:os";
import type { Connection } from "../control-plane/connection.ts";
import { type ControlPlane, openControlPlane } from "../control-plane/open-control-plane.ts";
import { resolveConnection } from "../control-plane/resolve-connection.ts";

/** The connection flags that every command with a control plane takes. */
export interface ConnectionOptions {
  readonly endpoint?: string | undefined;
  readonly org?: string | undefined;
  readonly token?: string | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: boolean | undefined;
  readonly insecureSkipVerify?: boolean | undefined;
  /** Longest wait for one answer, in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** Runs `use` on the control plane that flags, environment and the users' config file name, and closes it in any case. */
export async function withControlPlane<T>(
  options: ConnectionOptions,
  use: (controlPlane: ControlPlane, connection: Connection) => Promise<T>,
): Promise<T> {
  const { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs } = options;
  const flags = { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs };
  const connection = resolveConnection({ flags, env: process.env, homeDir: homedir() });
  const controlPlane = openControlPlane(connection);
  try {
    return await use(controlPlane, connection);
  } finally {
    await controlPlane.close();
  }
}
