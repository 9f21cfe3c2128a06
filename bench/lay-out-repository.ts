import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createGitRepository } from "../test/set-up/create-git-repository.ts";
import { writeManifests } from "./build-manifests.ts";
import { buildWorld } from "./build-world.ts";

/** A repository below `folder` that holds the manifests of a world of `size` objects, once for each of the paths. Gives its URL. */
export function layOutRepository(folder: string, size: number, paths: readonly string[] = [""]): string {
  const repository = createGitRepository(folder);
  // The work tree is there from its first use on.
  repository.work("status");
  for (const path of paths) {
    const place = join(folder, WORK_TREE, path);
    mkdirSync(place, { recursive: true });
    writeManifests(buildWorld(size), place);
  }
  repository.push({});
  return repository.url;
}

/** Pushes a change of one queue's depth. */
export function changeOneFile(folder: string, size: number): void {
  const [queue] = buildWorld(size).queues;
  const path = `queues/${queue?.name}.yaml`;
  const text = readFileSync(join(folder, WORK_TREE, path), "utf8");
  createGitRepository(folder).push({ [path]: text.replace(/^depth: .*$/m, "depth: 20000") });
}

const WORK_TREE = "config-work";
