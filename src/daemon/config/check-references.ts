import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { formatPath } from "../../manifests/format-value.ts";
import { readErrorCode } from "../../manifests/read-text.ts";
import type { NodePath } from "../../model/position.ts";
import type { ConfigFile, Draft } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listFiles, listSecrets } from "./list-references.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Finds what the configuration refers to and what is not there: warnings, for it may be checked on another machine. */
export function checkReferences(file: Draft<ConfigFile>, folder: string, env: Environment): readonly ConfigFinding[] {
  const secrets = listSecrets(file).flatMap(({ value, path }) => [
    ...(value.env === undefined ? [] : checkVariable(value.env, [...path, "env"], env)),
    ...(value.file === undefined
      ? []
      : checkFile("config-secret-missing", resolve(folder, value.file), [...path, "file"])),
  ]);
  const files = listFiles(file).flatMap(({ value, path }) =>
    checkFile("config-file-unreadable", resolve(folder, value), path),
  );
  return [...secrets, ...files];
}

function checkVariable(name: string, path: NodePath, env: Environment): readonly ConfigFinding[] {
  const value = env[name];
  if (value !== undefined && value.trim() !== "") return [];
  const fault = value === undefined ? "is not set" : "is empty";
  return [
    { code: "config-secret-missing", path, summary: `Field "${formatPath(path)}": the variable ${name} ${fault}` },
  ];
}

function checkFile(code: ConfigFinding["code"], file: string, path: NodePath): readonly ConfigFinding[] {
  try {
    accessSync(file, constants.R_OK);
    return [];
  } catch (error) {
    return [{ code, path, summary: `Field "${formatPath(path)}": ${file} can't be read (${readErrorCode(error)})` }];
  }
}
