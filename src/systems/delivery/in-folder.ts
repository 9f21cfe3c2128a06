import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { OperationalError } from "../../model/errors/operational-error.ts";
import { locateOpened, nameOpened } from "../files/locate-opened.ts";

/**
 * Works in a folder of an output, "." for itself, by the path that `work` is given: it leads to this very folder, although others who may
 * write into the output put a link in its place. Throws `delivery_link` where one is there by now, and what the system throws.
 */
export async function inFolder<Result>(
  root: string,
  folder: string,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const place = join(root, folder);
  const handle = await open(place, constants.O_RDONLY | constants.O_DIRECTORY);
  const path = nameOpened(handle.fd, place);
  try {
    const found = locateOpened(handle.fd);
    if (found !== null && found !== join(await realpath(root), folder)) throw refuseLink(root, folder);
    return await work(path);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(path, place);
    throw error;
  } finally {
    await handle.close();
  }
}

/** The error of a link in an output. */
export function refuseLink(root: string, path: string): OperationalError {
  const message = `${path} in ${root} is a symbolic link, which a delivery neither follows nor replaces. Remove it, or deliver elsewhere.`;
  return new OperationalError("delivery_link", message, { next: "stop" });
}
