import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { isRepositoryAddress } from "./remote-address.ts";

/** A place of delivery, as it is written. */
export type DeliveryAddress =
  | { readonly kind: "folder"; readonly path: string }
  /** Without a branch, which it needs: "". */
  | { readonly kind: "repository"; readonly url: string; readonly branch: string };

/** What the name of a repository of this machine begins with. */
const LOCAL = "file://";

/** Reads a place of delivery: a text with a scheme, or as ssh has it (`git@host:path`), is a repository, its branch behind `#`; any other one is a folder. Pure. */
export function readDeliveryAddress(text: string): DeliveryAddress {
  const end = text.lastIndexOf("#");
  const [url, branch] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end + 1)];
  return isRepositoryAddress(url) ? { kind: "repository", url, branch } : { kind: "folder", path: text };
}

/**
 * The canonical name of a place of delivery: of a folder its path, without symbolic links; of a repository its host and path, without the
 * scheme, and the branch. Relative folders begin at `folder`; default: the working directory. Holds nothing secret.
 */
export function nameDelivery(text: string, folder = "."): string {
  const address = readDeliveryAddress(text);
  if (address.kind === "folder") return followLinks(resolve(folder, address.path));
  return `${nameRepository(address.url)}#${address.branch}`;
}

/**
 * Whether two places, by the names that {@link nameDelivery} gives, are one or lie within each other: what is written to one of them is then
 * read, or written over, at the other. Branches of one repository lie beside each other, and a repository of this machine in its folder.
 */
export function isWithinOther(one: string, other: string): boolean {
  if (one === other) return true;
  const [left, right] = [findFolder(one), findFolder(other)];
  const areRepositories = !one.startsWith("/") && !other.startsWith("/");
  if (left === null || right === null || areRepositories) return false;
  return holds(left, right) || holds(right, left);
}

/** Where on this machine a place is, by its name; null: elsewhere. */
function findFolder(name: string): string | null {
  if (name.startsWith("/")) return name;
  return name.startsWith(LOCAL) ? name.slice(LOCAL.length, name.lastIndexOf("#")) : null;
}

function holds(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
}

/** A path without symbolic links; what is not there yet stays as it is written. */
function followLinks(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(followLinks(parent), basename(path));
  }
}

function nameRepository(text: string): string {
  const short = /^([^/@]+)@([^/:]+):(?!\/\/)(.*)$/.exec(text);
  const url = URL.parse(short === null ? text : `ssh://${short[1]}@${short[2]}/${short[3]}`);
  if (url === null) return text;
  if (url.protocol === "file:") return `${LOCAL}${findLocal(`/${namePath(url)}`)}`;
  const path = namePath(url).replace(/\.git$/, "");
  const host = `${url.hostname.toLowerCase().replace(/\.$/, "")}${namePort(url)}`;
  // Only there each user has a home of its own; forges call theirs `git`, and its home holds everything.
  const isBelowHome = short !== null ? !short[3]?.startsWith("/") : path.startsWith("~");
  if (url.protocol === "ssh:" && isBelowHome && url.username !== "git") {
    return `${url.username}@${host}:${path.replace(/^~\//, "")}`;
  }
  return `${host}/${path}`;
}

/** Without slashes that mean nothing, and as it is without escapes. */
function namePath({ pathname }: URL): string {
  return decode(pathname).split("/").filter(Boolean).join("/");
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "ssh:": "22", "git:": "9418" };

function namePort({ protocol, port }: URL): string {
  return port === "" || port === DEFAULT_PORTS[protocol] ? "" : `:${port}`;
}

/** The repository that git finds at a path: `.git` behind it may be left out, and a working copy has it inside. */
function findLocal(path: string): string {
  const isBare = !existsSync(path) && existsSync(`${path}.git`);
  return followLinks(isBare ? `${path}.git` : path).replace(/\/\.git$/, "");
}
