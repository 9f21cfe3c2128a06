import { join } from "node:path";
import type { Generation } from "../../src/model/objects/live.ts";

/** The release of the upstream client (`flyteplugins-union` on PyPI) that speaks each generation. */
export const REAL_CLIENT_VERSIONS: Readonly<Record<Generation, string>> = {
  "2026-07": "0.5.2",
  "2026-11": "0.19.1",
};

/** The Python venv of one release, kept between runs. */
export function realClientFolder(version: string): string {
  return join(import.meta.dirname, "..", "..", ".cache", "real-clients", version);
}

/** The `flyte` program of one release. */
export function realClientProgram(version: string): string {
  return join(realClientFolder(version), "bin", "flyte");
}
