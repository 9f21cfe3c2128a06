import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CORE_SCHEMA, load } from "js-yaml";
import { OperationalError } from "../../model/errors/operational-error.ts";

/** What the users' flyte config file says, as far as it concerns us; null where it says nothing. */
export interface FlyteConfig {
  readonly file: string;
  readonly endpoint: string | null;
  readonly insecure: boolean;
  readonly skipVerify: boolean;
  readonly caFile: string | null;
  readonly authType: string | null;
  readonly clientId: string | null;
  readonly clientSecretLocation: string | null;
  readonly clientSecretEnvVar: string | null;
  readonly command: readonly string[] | null;
  readonly org: string | null;
}
type Env = Readonly<Record<string, string | undefined>>;
type Section = Readonly<Record<string, unknown>>;

/** Names a file outright; the first that is set counts, as in the upstream client. */
export const CONFIG_VARIABLES = ["UCTL_CONFIG", "FLYTECTL_CONFIG"] as const;
/** Where it lies otherwise, below the home folder; the first that exists counts. */
export const CONFIG_PLACES = [".union/config.yaml", ".flyte/config.yaml"] as const;

/**
 * Reads the config file that the upstream client would use outside of a checkout; undefined when there is none. Unlike that
 * client it never looks into the working folder: a `config.yaml` there comes with the branch that is planned, and could send
 * credentials elsewhere or run a command. Throws an OperationalError `config_file` when the file cannot be read or understood.
 */
export function readConfigFile(env: Env, homeDir: string): FlyteConfig | undefined {
  const named = CONFIG_VARIABLES.map((name) => env[name]).find((path) => path !== undefined && path !== "");
  const file = named ?? CONFIG_PLACES.map((place) => join(homeDir, place)).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  const document = parse(file);
  const admin = section(file, document, "admin");
  const text = (key: string) => readText(file, `admin.${key}`, admin[key]);
  return {
    file,
    endpoint: text("endpoint"),
    insecure: admin.insecure === true,
    skipVerify: admin.insecureSkipVerify === true,
    caFile: text("caCertFilePath"),
    authType: text("authType"),
    clientId: text("clientId"),
    clientSecretLocation: text("clientSecretLocation"),
    clientSecretEnvVar: text("clientSecretEnvVar"),
    command: readCommand(file, admin.command),
    org: readText(file, "task.org", section(file, document, "task").org),
  };
}

function parse(file: string): Section {
  try {
    const document = load(readFileSync(file, "utf8"), { schema: CORE_SCHEMA, filename: file });
    return asSection(document) ?? {};
  } catch (error) {
    const unreadable = error instanceof Error && "code" in error;
    // The parser's message quotes the lines around the mistake, and these may hold a secret.
    throw broken(file, unreadable ? "it cannot be read" : "it is not YAML");
  }
}

function section(file: string, document: Section, name: string): Section {
  const value = document[name] ?? {};
  const found = asSection(value);
  if (found === undefined) throw broken(file, `${name} is not a mapping`);
  return found;
}
function asSection(value: unknown): Section | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function readText(file: string, path: string, value: unknown): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string") throw broken(file, `${path} is not text`);
  return value;
}

function readCommand(file: string, value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return null;
  const command = Array.isArray(value) ? value : [value];
  if (command.length > 0 && command.every((part) => typeof part === "string" && part !== "")) return command;
  throw broken(file, "admin.command is not a list of strings");
}

function broken(file: string, reason: string): OperationalError {
  return new OperationalError(
    "config_file",
    `The flyte config file ${file} cannot be used: ${reason}. Correct it, or set another with UCTL_CONFIG or FLYTECTL_CONFIG.`,
    { next: "stop" },
  );
}
