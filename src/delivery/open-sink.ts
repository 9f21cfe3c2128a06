import { join } from "node:path";
import { isRepositoryAddress } from "../git/remote-address.ts";
import { OperationalError } from "../model/operational-error.ts";
import { createFolderSink } from "./create-folder-sink.ts";
import { createGitSink } from "./create-git-sink.ts";
import type { Sink } from "./sink.ts";

/**
 * Opens the place where files are delivered: a text with a scheme, or as ssh has it (`git@host:path`), is a repository and needs
 * `#BRANCH` behind it; any other one is a folder. Clones are kept below `cacheFolder`. Throws an OperationalError `usage` for a
 * repository without a branch.
 */
export function openSink(place: string, cacheFolder: string): Sink {
  const [url = "", branch = ""] = splitAtLast(place, "#");
  if (!isRepositoryAddress(url)) return createFolderSink(place);
  if (branch === "") {
    const message = `${place} is a repository to deliver to: name the branch too, as in ${url}#poolkeeper.`;
    throw new OperationalError("usage", message, { next: "stop" });
  }
  const author = { name: "poolkeeper", email: "poolkeeper@localhost" };
  return createGitSink({ url, branch, author, cacheFolder: join(cacheFolder, "deliveries") });
}

/** The text that {@link openSink} opens the same place by. */
export function nameSink(place: string): string {
  const [, url, branch] = /^(.+) \(branch ([^()]+)\)$/.exec(place) ?? [];
  return url !== undefined && isRepositoryAddress(url) ? `${url}#${branch}` : place;
}

function splitAtLast(text: string, sign: string): readonly string[] {
  const place = text.lastIndexOf(sign);
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)];
}
