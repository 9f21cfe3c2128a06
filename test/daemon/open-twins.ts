import { onTestFinished } from "vitest";
import { type ServedControlPlane, serveControlPlane } from "../../src/embedded/serve-control-plane.ts";
import { FILES, type Files } from "./manifests.ts";
import { type ForgedSettings, type ForgedWorld, openForgedWorld } from "./open-forged-world.ts";

/** Files of a target, below a folder of its own. */
export function below(folder: string, files: Files): Files {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [`${folder}/${path}`, file]));
}

/** A forged world of two targets. */
export interface Twins extends ForgedWorld {
  /** The control plane of `stage`. */
  readonly other: ServedControlPlane;
}

/** Two targets of one repository: `prod` below `a`, `stage` below `b`. Both have applied everything. */
export async function openTwins(settings: ForgedSettings = {}): Promise<Twins> {
  const other = await serveControlPlane({ generation: "2026-11", org: "acme", adminPort: 0 });
  onTestFinished(() => other.close());
  const forged = await openForgedWorld({
    ...settings,
    files: { ...below("a", FILES), ...below("b", FILES) },
    targets: (usual) => [
      { ...usual, repository: { ...usual.repository, path: "a" } },
      {
        ...{ ...usual, name: "stage", repository: { ...usual.repository, path: "b" } },
        control_plane: { ...usual.control_plane, endpoint: other.url },
      },
    ],
  });
  await forged.daemon.until(({ applied_revision }) => applied_revision === forged.world.first, "stage");
  return Object.assign(forged, { other });
}
