import { randomBytes } from "node:crypto";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { checkTargetFile, splitTargetFiles } from "../../manifests/check-target-file.ts";
import { readFolder } from "../../manifests/folder/read-folder.ts";
import { TARGET_FILE } from "../../manifests/scaffold/scaffold-repository.ts";
import { printYaml } from "../../manifests/yaml/print-yaml.ts";
import { hasCode } from "../../model/errors/has-code.ts";
import { OperationalError } from "../../model/errors/operational-error.ts";
import type { TextFile } from "../../model/objects/desired.ts";
import { cutNames } from "../../report/text/cut-list.ts";
import { readTemporary } from "../../systems/delivery/write-file-safely.ts";
import { refuseLinkedFolder } from "./refuse-links.ts";

/** The result of writing files. */
export interface WrittenFiles {
  /** Paths of those that are new. */
  readonly written: readonly string[];
  /** Paths of those that were there, with the same text. */
  readonly kept: readonly string[];
}

/**
 * Writes files into a folder, which is created if missing. Overwrites nothing, and writes nothing elsewhere: throws as {@link refuseLinkedFolder}, and an
 * OperationalError `file_exists` that names the existing files, or the links in place of folders, before anything is written.
 */
export function writeNewFiles(folder: string, files: readonly TextFile[]): WrittenFiles {
  refuseLinkedFolder(join(folder, TARGET_FILE), "A file");
  const links = new Set(files.flatMap(({ path }) => listFolders(path)).filter((path) => isLink(folder, path)));
  if (links.size > 0) throw inTheWay(`${folder} has symbolic links in place of folders: ${cutNames([...links], "")}.`);
  const there = files.filter(({ path }) => isThere(folder, path));
  const other = there.filter(({ path, text }) => readIfFile(join(folder, path)) !== text).map(({ path }) => path);
  if (other.length > 0) {
    throw inTheWay(`${folder} has other files of these names: ${cutNames(other, "")}.`);
  }
  const kept = new Set(there.map(({ path }) => path));
  const missing = files.filter(({ path }) => !kept.has(path));
  removeUnfinished(new Set(missing.map(({ path }) => join(folder, path))));
  for (const { path, text } of missing) writeNew(folder, path, text);
  return { written: missing.map(({ path }) => path), kept: [...kept] };
}

/**
 * Makes sure that a folder holds no manifest beside `files`, so that these alone say what is wanted. What declares nothing (comments,
 * files of other names or below a dot) does not count. Throws an OperationalError `file_exists` that names what does.
 */
export async function refuseOtherManifests(folder: string, files: readonly TextFile[]): Promise<void> {
  if (!existsSync(folder)) return;
  const ours = new Set(files.map(({ path }) => path));
  const { files: there } = await readFolder(folder);
  const others = splitTargetFiles(there)
    .manifests.filter(({ path, text }) => !ours.has(path) && !declaresNothing(text))
    .map(({ path }) => path);
  if (others.length > 0) throw inTheWay(`${folder} already contains manifests: ${cutNames(others, "")}.`);
}

/** What becomes of the target file of a folder. */
type TargetFilePlan = "write" | "keep";

/**
 * Whether the target file of a folder is to be written for an organization: where there is none, or one of comments alone, as `init`
 * writes it. Throws an OperationalError `file_exists` where it is for another organization, or can't be read as one.
 */
export function planTargetFile(folder: string, org: string): TargetFilePlan {
  if (!isThere(folder, TARGET_FILE)) return "write";
  const text = readIfFile(join(folder, TARGET_FILE));
  if (text === null) throw inTheWay(`${folder} has a ${TARGET_FILE} that is not a file.`);
  if (declaresNothing(text)) return "write";
  const [mistake] = checkTargetFile({ path: TARGET_FILE, text }, { org, target: null });
  if (mistake === undefined) return "keep";
  throw inTheWay(`${folder}/${TARGET_FILE}: ${mistake.summary}.`);
}

/** Writes that a folder is for an organization, as {@link planTargetFile} allowed it. */
export function writeTargetFile(folder: string, org: string): void {
  const text = `# The target of this folder: it is refused for another organization.\n${printYaml({ org })}`;
  const path = join(folder, TARGET_FILE);
  // A link is removed and not followed.
  rmSync(path, { force: true });
  writeNew(folder, TARGET_FILE, text);
}

function inTheWay(what: string): OperationalError {
  const message = `${what} Nothing was written. Pass an empty folder, or move these files.`;
  return new OperationalError("file_exists", message, { next: "stop" });
}

function declaresNothing(text: string): boolean {
  return text.split("\n").every((line) => /^\s*(#.*|---\s*)?$/.test(line));
}

/** Whether something is in the place of a file: another file, a folder, or a link, wherever it leads. */
export function isThere(folder: string, path: string): boolean {
  return lstatSync(join(folder, path), { throwIfNoEntry: false }) !== undefined;
}

/** The folders on the way to a file, from the outer one on. */
function listFolders(path: string): readonly string[] {
  const names = path.split("/").slice(0, -1);
  return names.map((_, at) => names.slice(0, at + 1).join("/"));
}

function isLink(folder: string, path: string): boolean {
  return lstatSync(join(folder, path), { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** The text of a file; null for what is none, a link too. */
function readIfFile(path: string): string | null {
  return lstatSync(path).isFile() ? readFileSync(path, "utf8") : null;
}

function writeNew(folder: string, path: string, text: string): void {
  const target = join(folder, path);
  try {
    mkdirSync(dirname(target), { recursive: true });
    // Half a file would be in the way of the same command, and might count as a manifest.
    const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.poolkeeper-tmp`);
    try {
      writeFileSync(temporary, text, { flag: "wx" });
      placeNew(temporary, target);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperationalError("unwritable_file", `${target} can't be written: ${reason}.`, { next: "stop", cause });
  }
}

/** Gives a file its name, unless that is taken since; no link is followed. */
function placeNew(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    // Some file systems have no hard links.
    if (!hasCode(error, "EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP") || isThere("", target)) throw error;
    renameSync(temporary, target);
  }
}

const NOT_THERE = { throwIfNoEntry: false } as const;

/** Removes what a killed command has left of the same files. */
function removeUnfinished(files: ReadonlySet<string>): void {
  for (const folder of new Set([...files].map((file) => dirname(file)))) {
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const file = readTemporary(name);
      const path = join(folder, name);
      // What else has such a name was left by no command.
      const isLeft = file !== null && files.has(join(folder, file)) && lstatSync(path, NOT_THERE)?.isFile() === true;
      if (isLeft) rmSync(path, { force: true });
    }
  }
}
