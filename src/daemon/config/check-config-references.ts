import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import { readErrorCode } from "../../manifests/folder/read-text.ts";
import { formatPath } from "../../manifests/problems/format-value.ts";
import type { NodePath } from "../../model/diagnostics/position.ts";
import { holdsCredentials } from "../../model/secrets/mask-credentials.ts";
import type { ConfigFile, Draft } from "./config-file.ts";
import type { ConfigFinding } from "./config-finding.ts";
import { listFiles, listSecrets } from "./list-config-references.ts";

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Finds what the configuration refers to and what is not there: warnings, for it may be checked on another machine. A secret in the place of
 * its file is an error, and not repeated.
 */
export function checkReferences(file: Draft<ConfigFile>, folder: string, env: Environment): readonly ConfigFinding[] {
  const secrets = listSecrets(file).flatMap(({ value, path }) => [
    ...(value.env === undefined ? [] : checkVariable(value.env, [...path, "env"], env)),
    ...(value.file === undefined
      ? []
      : checkFile("config-secret-missing", { folder, file: value.file, path: [...path, "file"] })),
  ]);
  const files = listFiles(file).flatMap(({ value, path }) =>
    checkFile("config-file-unreadable", { folder, file: value, path }),
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

/** A file as the configuration names it, and where it does. */
interface NamedFile {
  readonly folder: string;
  readonly file: string;
  readonly path: NodePath;
}

function checkFile(code: ConfigFinding["code"], { folder, file, path }: NamedFile): readonly ConfigFinding[] {
  const place = resolve(folder, file);
  const field = `Field "${formatPath(path)}"`;
  try {
    accessSync(place, constants.R_OK);
    return [];
  } catch (error) {
    if (isNoPath(file))
      return [{ code: "config-literal-secret", path, summary: `${field} must name a file, not hold a secret` }];
    return [{ code, path, summary: `${field}: ${place} can't be read (${readErrorCode(error)})` }];
  }
}

/** Whether what stands in the place of a file is a credential, or an address, which may contain one. */
function isNoPath(text: string): boolean {
  return text.includes("://") || holdsCredentials(text);
}
