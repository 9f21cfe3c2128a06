import { KIND_DEFINITIONS, KINDS, type Kind } from "../../kinds/registry.ts";
import type { TextFile } from "../../model/objects/desired.ts";
import { pipelineFiles } from "./pipeline-files.ts";

/** The file at the root of a folder of manifests that says what the folder is for. */
export const TARGET_FILE = "poolkeeper.target.yaml";

/** What a repository is started with. */
export interface ScaffoldInput {
  /** The version of poolkeeper that CI runs. */
  readonly version: string;
  /** The JSON Schema of the target file. */
  readonly targetSchema: object;
}

/** The folder of the schemas: below a dot, so it holds no manifests. */
const SCHEMAS = ".poolkeeper/schemas";
const TARGET_SCHEMA = `${SCHEMAS}/target.json`;

const TARGET_EXAMPLE = `# yaml-language-server: $schema=./${TARGET_SCHEMA}
# What this folder is for: with another target or organization it is refused. Without a name every one is allowed.

# targets: [production]
# org: acme
`;

/**
 * The files of a new repository: a commented example of each kind in its folder and of the target file, schemas for editors, a README,
 * and CI. It declares nothing yet. Pure.
 */
export function scaffoldRepository({ version, targetSchema }: ScaffoldInput): readonly TextFile[] {
  return [
    { path: "README.md", text: README },
    { path: TARGET_FILE, text: TARGET_EXAMPLE },
    ...KINDS.map((kind) => ({ path: examplePath(kind), text: commentExample(kind) })),
    ...KINDS.map((kind) => ({ path: schemaPath(kind), text: printJson(KIND_DEFINITIONS[kind].schema) })),
    { path: TARGET_SCHEMA, text: printJson(targetSchema) },
    { path: ".vscode/settings.json", text: printJson({ "yaml.schemas": mapFiles() }) },
    ...pipelineFiles(version),
  ];
}

/** No object's name begins like this one: an example is never in the way of a manifest. */
function examplePath(kind: Kind): string {
  return `${KIND_DEFINITIONS[kind].folder}/_example.yaml`;
}

function schemaPath(kind: Kind): string {
  return `${SCHEMAS}/${kind.replaceAll("_", "-")}.json`;
}

function commentExample(kind: Kind): string {
  const lines = KIND_DEFINITIONS[kind].example.trimEnd().split("\n");
  return `# yaml-language-server: $schema=../${schemaPath(kind)}
# ${KIND_DEFINITIONS[kind].purpose}
# Uncomment it, or copy it to another file. The first line lets editors validate the file.

${lines.map((line) => `# ${line}`).join("\n")}
`;
}

/** For editors that take the schema of a folder from here: then no file needs a line for it. */
function mapFiles(): Readonly<Record<string, string>> {
  const folders = KINDS.map(
    (kind) => [`./${schemaPath(kind)}`, `/${KIND_DEFINITIONS[kind].folder}/**/*.{yaml,yml}`] as const,
  );
  return Object.fromEntries([...folders, [`./${TARGET_SCHEMA}`, `/${TARGET_FILE}`]]);
}

function printJson(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const README = `# Compute routing

The cluster pools, clusters, queues, settings and routing rules that poolkeeper manages. Each file in these folders is a manifest of one
object:

| folder | content |
|---|---|
${KINDS.map((kind) => `| \`${KIND_DEFINITIONS[kind].folder}/\` | ${KIND_DEFINITIONS[kind].purpose} |`).join("\n")}

Each folder has an \`_example.yaml\` in which everything is commented out. Delete the folders that you do not need. \`${TARGET_FILE}\` names the
target and the organization of this folder, so that poolkeeper refuses to apply it to another one.

    poolkeeper import --out .     # manifests of everything that is live
    poolkeeper validate .         # reports all errors; needs no network
    poolkeeper plan .             # shows what an apply would change
    poolkeeper apply .            # plans, shows, asks, applies
    poolkeeper drift .            # shows changes made outside; exit code 2 on drift

\`.github/workflows/poolkeeper.yaml\` or \`.gitlab-ci.yml\` validates and plans pull requests; each says which variables it needs. Remove
the one that you do not use. The schemas in \`.poolkeeper/schemas\` are for editors; \`poolkeeper schema KIND\` prints those of a newer version.
`;
