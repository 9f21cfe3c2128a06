import { resolve } from "node:path";
import type { SecretReference } from "../../model/daemon/daemon-config.ts";
import { parseQuantity } from "../../model/objects/quantity.ts";
import { parseDuration } from "../../model/text/parse-duration.ts";
import type { SecretInFile } from "./config-file.ts";

/** A path from the folder of the configuration; null for none. */
export function readPath(path: string | undefined, folder: string): string | null {
  return path === undefined ? null : resolve(folder, path);
}

/** A reference to a secret, its path made absolute. */
export function readReference({ env, file }: SecretInFile, folder: string): SecretReference {
  return file === undefined ? { env: env ?? "" } : { file: resolve(folder, file) };
}

/** The same where there may be none. */
export function readOptionalReference(secret: SecretInFile | undefined, folder: string): SecretReference | null {
  return secret === undefined ? null : readReference(secret, folder);
}

/** A duration that was found valid, or its default, in milliseconds. */
export function readMilliseconds(text: string | undefined, usual: string): number {
  return parseDuration(text ?? usual) ?? 0;
}

/** When a window ends, as cron with five fields: what is given, or a time of day (`6:00`, `06:00`) of every day. */
export function readUntil(text: string): string {
  const [, hour, minute] = /^\s*(\d{1,2}):(\d{2})\s*$/.exec(text) ?? [];
  return hour === undefined ? text.trim() : `${Number(minute)} ${Number(hour)} * * *`;
}

/** A quantity that was found valid, or its default, in bytes. */
export function readBytes(text: string | undefined, usual: string): number {
  return Number((parseQuantity(text ?? usual) ?? 0n) / 1_000_000_000n);
}
