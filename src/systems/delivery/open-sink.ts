import { join } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { maskCredentials } from "../../model/secrets/mask-credentials.ts";
import { nameDelivery, readDeliveryAddress } from "../git/name-delivery.ts";
import { isRepositoryAddress } from "../git/remote-address.ts";
import { createFolderSink } from "./create-folder-sink.ts";
import { createGitSink, type SinkLimits } from "./create-git-sink.ts";
import type { Sink } from "./sink.ts";

/**
 * Opens the place where files are delivered: a text with a scheme, or as ssh has it (`git@host:path`), is a repository and needs
 * `#BRANCH` behind it; any other one is a folder. Clones are kept below `cacheFolder`, within the limits (default: none).
 * Throws an OperationalError `usage` for a repository without a branch.
 */
export function openSink(place: string, cacheFolder: string, limits?: SinkLimits): Sink {
  const address = readDeliveryAddress(place);
  // A link that leads elsewhere later is another place: what was opened stays where it is owned.
  if (address.kind === "folder") return createFolderSink(nameDelivery(place));
  const { url, branch } = address;
  if (branch === "") {
    const message = `${place} is a repository to deliver to: add the branch, as in ${url}#poolkeeper.`;
    throw new OperationalError("usage", maskCredentials(message), { next: "stop" });
  }
  const author = { name: "poolkeeper", email: "poolkeeper@localhost" };
  return createGitSink({
    url,
    branch,
    author,
    cacheFolder: join(cacheFolder, "deliveries"),
    ...(limits && { limits }),
  });
}

/** The text that {@link openSink} opens the same place by. */
export function nameSink(place: string): string {
  const [, url, branch] = /^(.+) \(branch ([^()]+)\)$/.exec(place) ?? [];
  return url !== undefined && isRepositoryAddress(url) ? `${url}#${branch}` : place;
}
