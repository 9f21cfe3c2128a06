import { homedir } from "node:os";
import type { Connection } from "../control-plane/connection.ts";
import { type ControlPlane, openControlPlane } from "../control-plane/open-control-plane.ts";
import { resolveConnection } from "../control-plane/resolve-connection.ts";
import { OperationalError } from "../model/operational-error.ts";

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

/** The organization that is asked for; undefined where the connection is not told: {@link withControlPlane} says what is missing. */
export function findOrg(options: ConnectionOptions): string | undefined {
  try {
    return readConnection(options).org;
  } catch (error) {
    if (error instanceof OperationalError) return undefined;
    throw error;
  }
}

/** Runs `use` on the control plane that flags, environment and the users' config file name, and closes it in any case. */
export async function withControlPlane<T>(
  options: ConnectionOptions,
  use: (controlPlane: ControlPlane, connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = readConnection(options);
  const controlPlane = openControlPlane(connection);
  try {
    return await use(controlPlane, connection);
  } finally {
    await controlPlane.close();
  }
}

function readConnection(options: ConnectionOptions): Connection {
  const { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs } = options;
  const flags = { endpoint, org, token, caFile, insecure, insecureSkipVerify, timeoutMs };
  return resolveConnection({ flags, env: process.env, homeDir: homedir() });
}
