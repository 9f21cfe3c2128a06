import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createGitRepository, readPushedFiles } from "../test/set-up/create-git-repository.ts";
import { writeManifests } from "./build-manifests.ts";
import { buildWorld } from "./build-world.ts";

/** A repository below `folder` that holds the manifests of a world of `size` objects, once for each of the paths. Gives its URL. */
export function layOutRepository(folder: string, size: number, paths: readonly string[] = [""]): string {
  const repository = createGitRepository(folder);
  const draft = join(folder, "draft");
  for (const path of paths) {
    mkdirSync(join(draft, path), { recursive: true });
    writeManifests(buildWorld(size), join(draft, path));
  }
  repository.push(readPushedFiles(draft));
  rmSync(draft, { recursive: true });
  return repository.url;
}

/** Pushes a change of one queue's depth. */
export function changeOneFile(folder: string, size: number): void {
  const [queue] = buildWorld(size).queues;
  const path = `queues/${queue?.name}.yaml`;
  const repository = createGitRepository(folder);
  const text = repository.ask("show", `main:${path}`);
  repository.push({ [path]: `${text.replace(/^depth: .*$/m, "depth: 20000")}\n` });
}
