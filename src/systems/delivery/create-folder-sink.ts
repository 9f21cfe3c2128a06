import { constants } from "node:fs";
import { type FileHandle, lstat, mkdir, open, opendir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { hasCode } from "../../model/errors/has-code.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { Fence } from "../../model/fence.ts";
import { nameOpened } from "../files/locate-opened.ts";
import { nameDelivery } from "../git/name-delivery.ts";
import { checkPath } from "./check-path.ts";
import { decodeText, explainFileError, limitOutput, MOST_FILES, tooMany } from "./explain-file-error.ts";
import { inFolder, refuseLink } from "./in-folder.ts";
import { listPaths, planDelivery } from "./plan-delivery.ts";
import type { Delivered, DeliveredFile, Delivery, Sink } from "./sink.ts";
import { readTemporary, removeFile, writeFileSafely } from "./write-file-safely.ts";

/**
 * A sink into a folder, which the first delivery makes where only its parent is there. Each file is replaced as a whole or not at all; a
 * stop in the middle of a delivery leaves whole files, and the next delivery continues and removes the remains of an interrupted write.
 * Symbolic links below the folder are refused: neither followed nor replaced.
 */
export function createFolderSink(folder: string): Sink {
  const root = resolve(folder);
  return {
    place: root,
    name: nameDelivery(root),
    readDelivered: (paths) => explained(root, () => readPaths(root, paths)),
    isEmpty: () => explained(root, async () => ((await readNames(root, 1).catch(ignoreMissing)) ?? []).length === 0),
    deliver: (delivery, fence) => explained(root, () => deliver(root, delivery, fence)),
  };
}

async function explained<Result>(root: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, root);
  }
}

async function deliver(root: string, delivery: Delivery, fence: Fence): Promise<Delivered> {
  const paths = listPaths(delivery);
  const present = await readPaths(root, paths, "files");
  const texts = new Map(present.map(({ path, text }) => [path, text]));
  const { writes, removes } = planDelivery(delivery, texts, root);
  await removeLeftovers(root, paths, fence);
  if (writes.length > 0) await mkdir(root).catch(ignorePresent);
  for (const file of writes) {
    await writeFileSafely(root, file, { check: () => refuseLinks(root, file.path), fence });
  }
  for (const path of removes) await removeFile(root, path, { check: () => refuseLinks(root, path), fence });
  return { changed: writes.length + removes.length > 0, revision: null };
}

/**
 * What earlier deliveries of these files have left where they were killed in the middle of a write. Among very many files of others it may
 * stay, as a hidden file that nothing reads.
 */
async function removeLeftovers(root: string, paths: readonly string[], fence: Fence): Promise<void> {
  for (const [folder, own] of Map.groupBy(paths, dirname)) {
    const names = await inFolder(root, folder, (at) => readNames(at, MOST_FILES)).catch(ignoreMissing);
    const files = new Set(own.map((path) => basename(path)));
    for (const name of names ?? []) {
      const file = readTemporary(name) ?? "";
      const check = () => refuseLinks(root, join(folder, file));
      if (files.has(file)) await removeFile(root, join(folder, name), { check, fence });
    }
  }
}

/** With `files`, a folder at one of the paths is in the way of a file. */
async function readPaths(
  root: string,
  paths: readonly string[],
  only: "files" | "all" = "all",
): Promise<readonly DeliveredFile[]> {
  const found = await stat(root).catch(ignoreMissing);
  if (found === undefined) return [];
  if (!found.isDirectory()) throw new Error("it is not a folder");
  const files = new Map<string, DeliveredFile>();
  const check = limitOutput();
  for (const path of paths) {
    checkPath(path);
    for (const file of await readPath(root, path, { only, check })) files.set(file.path, file);
  }
  return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Reading {
  readonly only: "files" | "all";
  /** Called before a file or a folder is read, with the size that is read of it at most. */
  readonly check: ReturnType<typeof limitOutput>;
}

async function readPath(root: string, path: string, reading: Reading): Promise<readonly DeliveredFile[]> {
  if ((await refuseLinks(root, path)) === undefined) return [];
  const found = await inFolder(root, dirname(path), async (folder) => {
    const handle = await openUnlinked(root, path, join(folder, basename(path)));
    try {
      return await readOpened(handle, path, reading);
    } finally {
      await handle.close();
    }
  }).catch(ignoreMissing);
  if (found === undefined || "text" in found) return found === undefined ? [] : [found];
  const nested: DeliveredFile[] = [];
  for (const name of found.names) nested.push(...(await readPath(root, `${path}/${name}`, reading)));
  return nested;
}

/** Opens what is at a path of the output. A pipe without a writer keeps no one waiting. */
async function openUnlinked(root: string, path: string, place: string): Promise<FileHandle> {
  try {
    return await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, "ELOOP")) throw refuseLink(root, path);
    // A socket.
    if (hasCode(error, "ENXIO")) throw inTheWay(path);
    throw error;
  }
}

/** A file, or the names in a folder. What counts is what was opened: something else may be at the path by now. */
async function readOpened(
  handle: FileHandle,
  path: string,
  { only, check }: Reading,
): Promise<DeliveredFile | { readonly names: readonly string[] }> {
  const found = await handle.stat();
  if (found.isFile()) {
    check({ path, size: found.size });
    return { path, text: decodeText(await readBytes(handle, found.size), path) };
  }
  if (!found.isDirectory() || only === "files") throw inTheWay(path);
  check({ path, size: 0 });
  const names = await readNames(nameOpened(handle.fd, path), MOST_FILES + 1);
  if (names.length > MOST_FILES) throw tooMany(path);
  return { names: names.filter((name) => readTemporary(name) === null).sort() };
}

/** So many names in a folder at most: others may have put millions there. */
async function readNames(folder: string, most: number): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of await opendir(folder)) {
    names.push(name);
    if (names.length === most) break;
  }
  return names;
}

/** No more than so many bytes, though the file grows in the meantime. */
async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const { bytesRead } = await handle.read(bytes, length, size - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

/** What is at a path; undefined when nothing is. Throws where the path, or a folder on the way to it, is a link. */
async function refuseLinks(root: string, path: string) {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length += 1) {
    const part = parts.slice(0, length).join("/");
    const found = await lookAt(join(root, part));
    if (found === undefined) return undefined;
    if (found.isSymbolicLink()) throw refuseLink(root, part);
    if (length === parts.length) return found;
    if (!found.isDirectory()) throw inTheWay(part);
  }
  return undefined;
}

function ignoreMissing(error: unknown): undefined {
  if (!hasCode(error, "ENOENT")) throw error;
}

function ignorePresent(error: unknown): void {
  if (!hasCode(error, "EEXIST")) throw error;
}

async function lookAt(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function inTheWay(path: string): OperationalError {
  return new OperationalError(
    "delivery_in_the_way",
    `${path} in the output is a file where a delivery needs a folder, or the reverse. Move it away.`,
    { next: "stop" },
  );
}
