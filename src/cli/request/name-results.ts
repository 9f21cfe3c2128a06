import { basename } from "node:path";
import { usage } from "../options/plan-options.ts";

/** A file with a result and the name that identifies its comment. */
export interface NamedResult {
  readonly file: string;
  readonly name: string;
}

const NAME = /^[\w.-]{1,100}$/;

/**
 * The names that identify the comments of results: as given, in the order of the files, else each file's own without `.json`. They stay the
 * same from run to run, so that each comment is found again. Throws an OperationalError `usage` for a name that is none, or is there twice.
 */
export function nameResults(files: readonly string[], names: readonly string[]): readonly NamedResult[] {
  if (names.length > files.length)
    throw usage(`${names.length} names are given with --name for ${files.length} files.`);
  const named = files.map((file, index) => ({ file, name: names[index] ?? basename(file).replace(/\.json$/, "") }));
  for (const { file, name } of named) {
    if (!NAME.test(name))
      throw usage(`${file}: no valid name for its comment. Pass --name with letters, digits, . _ and -.`);
    if (named.some((other) => other.name === name && other.file !== file)) {
      throw usage(`Two comments would have the name ${name}. Give each file another one with --name.`);
    }
  }
  return named;
}
