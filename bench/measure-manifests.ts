import { resolveDesired } from "../src/manifests/desired/resolve-desired.ts";
import { readFolder } from "../src/manifests/folder/read-folder.ts";
import { parseManifests } from "../src/manifests/parse-manifests.ts";
import { type Figure, measure } from "./figure.ts";

/** Reads the folder of a world, checks it, and resolves it, once each: what every command with a folder does first. */
export async function measureManifests(folder: string, size: number): Promise<readonly Figure[]> {
  let files: Awaited<ReturnType<typeof readFolder>>["files"] = [];
  const read = await measure("read files", size, size, async () => {
    files = (await readFolder(folder)).files;
  });
  let parsed = parseManifests([]);
  const parse = await measure("YAML and schema check", size, size, () => {
    parsed = parseManifests(files);
  });
  const resolve = await measure("resolve", size, size, () => resolveDesired(parsed.manifests, parsed.claims));
  if (parsed.manifests.length !== size) throw new Error(`${parsed.manifests.length} manifests of ${size} were read`);
  return [read, parse, resolve];
}
