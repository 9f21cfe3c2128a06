import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ReadLimits } from "../../src/manifests/folder/read-folder.ts";

/** A file that cannot stand in a case folder as it is: links, other encodings, sizes. `repeat` multiplies the text. */
interface GeneratedFile {
  readonly path: string;
  readonly text?: string;
  readonly repeat?: number;
  readonly base64?: string;
  readonly link?: string;
}

/** What a case's `generated.json` holds. `limits` stand in for the usual limits of reading. */
interface GeneratedCase {
  readonly limits?: Partial<ReadLimits>;
  readonly files: readonly GeneratedFile[];
}

/**
 * Writes a case's manifests below `target`: the files of its folder, and those that its `generated.json` describes. Gives the
 * limits that the case asks for.
 */
export function writeCaseFiles(folder: string, target: string): Partial<ReadLimits> {
  cpSync(folder, target, { recursive: true });
  const description = join(folder, "generated.json");
  if (!existsSync(description)) return {};
  const generated: GeneratedCase = JSON.parse(readFileSync(description, "utf8"));
  for (const file of generated.files) writeGenerated(file, join(target, file.path));
  return generated.limits ?? {};
}

function writeGenerated(file: GeneratedFile, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (file.link !== undefined) symlinkSync(file.link, path);
  else if (file.base64 !== undefined) writeFileSync(path, Buffer.from(file.base64, "base64"));
  else writeFileSync(path, (file.text ?? "").repeat(file.repeat ?? 1));
}
