import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { describeFlyte, type WorldFlyte } from "./flyte-world.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

/**
 * Files that were never delivered. Two say in their first line that they were rendered from an object, one of them from a name that
 * manifests have, in a folder that things are delivered to.
 */
const STRANGE_FILES: Readonly<Record<string, string>> = {
  "README.md": "theirs\n",
  "d1/notes.md": "theirs\n",
  "d2/old-token.yaml":
    "# Rendered by poolkeeper from flyte_clusters.f1; change the manifest, not this file.\nkind: Secret\n",
  "theirs/values-override.yaml":
    "# Rendered by poolkeeper from flyte_clusters.f2; change the manifest, not this file.\na: 1\n",
};
/** What a kill may leave of a write that was under way; nothing reads it. */
const TEMPORARY = /\.poolkeeper-tmp$/;

/** Writes the strangers' files. */
export function inviteFiles({ delivered }: Stage): void {
  for (const [path, text] of Object.entries(STRANGE_FILES)) writeInto(delivered, path, text);
}

/** Every file at the place of delivery, by path. */
export function readDelivered({ delivered }: Stage): ReadonlyMap<string, string> {
  const paths = readdirSync(delivered, { recursive: true }).map(String).sort();
  const files = paths.filter((path) => !TEMPORARY.test(path) && statSync(join(delivered, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(delivered, path), "utf8")]));
}

/** How many files kills have left half-written. */
export function countTemporary({ delivered }: Stage): number {
  return readdirSync(delivered, { recursive: true }).filter((path) => TEMPORARY.test(String(path))).length;
}

/** What somebody wrote in place of a delivered file, by path: without its first line it is nobody's to remove. */
export type ByHand = Map<string, string>;

/** Changes, replaces or removes a delivered file by hand. Tells what; null where there is none. */
export function drawFileDrift(stage: Stage, byHand: ByHand, random: Random): string | null {
  const ours = [...readDelivered(stage)].filter(([path]) => !(path in STRANGE_FILES) && !byHand.has(path));
  if (ours.length === 0) return null;
  const [path, text] = random.pick(ours);
  const how = random.weigh({ changed: 3, removed: 2, replaced: 2 });
  if (how === "removed") rmSync(join(stage.delivered, path));
  else {
    const by = `by hand: ${random.below(1000)}\n`;
    writeInto(stage.delivered, path, how === "replaced" ? by : `${text}${by}`);
    if (how === "replaced") byHand.set(path, by);
  }
  return `${how} ${path}`;
}

function writeInto(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** Equal manifests give equal bytes: what was delivered for each manifest before, by its text. */
export type SeenFiles = Map<string, string>;

/** The files are those of the manifests, each with what its manifest says, and beside them those of strangers, as they were. */
export function checkDelivered(stage: Stage, world: World, seen: SeenFiles, byHand: ByHand): readonly string[] {
  const files = new Map(readDelivered(stage));
  const found: string[] = [];
  for (const [path, text] of Object.entries(STRANGE_FILES)) {
    if (files.get(path) !== text) found.push(`the stranger's file ${path} is ${show(files.get(path))}`);
    files.delete(path);
  }
  for (const [name, object] of world.flyte) {
    const own = new Map(listFiles(object).map((path) => [path, files.get(path)]));
    for (const [path, text] of own) {
      const mark = `Rendered by poolkeeper from flyte_clusters.${name};`;
      if (!text?.split("\n", 1)[0]?.includes(mark))
        found.push(`file ${path} of flyte_clusters.${name} is ${show(text)}`);
      files.delete(path);
      byHand.delete(path);
    }
    found.push(...checkValues(name, object, own.get(`${object.path}/values-override.yaml`) ?? ""));
    const manifest = JSON.stringify(describeFlyte(name, { ...object, previously: null }));
    const bytes = JSON.stringify([...own]);
    if ((seen.get(manifest) ?? bytes) !== bytes) found.push(`flyte_clusters.${name} has other files than before`);
    seen.set(manifest, bytes);
  }
  for (const [path, text] of files) {
    if (byHand.get(path) !== text) found.push(`file ${path} is nobody's: ${show(text)}`);
  }
  for (const path of [...byHand.keys()]) if (!files.has(path)) byHand.delete(path);
  return found;
}

/** Names of the files that stand for such an object: those of the documentation. */
function listFiles({ path, planes }: WorldFlyte): readonly string[] {
  const tokens = planes.map((plane) => `${plane}-token.yaml`);
  return ["CHECKLIST.md", "cluster-credentials.yaml", "values-override.yaml", ...tokens].map(
    (name) => `${path}/${name}`,
  );
}

/** Labels, clusters and other values are those of the manifest, told by the text alone. */
function checkValues(name: string, { labels, planes, replicas }: WorldFlyte, text: string): readonly string[] {
  const { flyteadmin, configmap } = (load(text) ?? {}) as {
    readonly flyteadmin?: { readonly replicaCount?: number };
    readonly configmap?: {
      readonly clusters?: {
        readonly labelClusterMap?: Readonly<Record<string, readonly { readonly id: string }[]>>;
        readonly clusterConfigs?: readonly { readonly name: string; readonly endpoint: string }[];
      };
    };
  };
  const { labelClusterMap = {}, clusterConfigs = [] } = configmap?.clusters ?? {};
  const served = Object.entries(labelClusterMap).map(([label, ids]) => [label, ids.map(({ id }) => id)]);
  const have = JSON.stringify([
    flyteadmin?.replicaCount,
    served,
    clusterConfigs.map((one) => [one.name, one.endpoint]),
  ]);
  const want = JSON.stringify([
    replicas,
    labels.map((label) => [label, planes]),
    planes.map((plane) => [plane, `https://${plane}.example.com:443`]),
  ]);
  return have === want ? [] : [`the values of flyte_clusters.${name} say ${have} in place of ${want}`];
}

function show(text: string | undefined): string {
  return text === undefined ? "missing" : JSON.stringify(text.slice(0, 120));
}
