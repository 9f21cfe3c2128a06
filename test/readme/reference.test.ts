import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import schema from "../../schemas/poolkeeper.schema.json" with { type: "json" };
import { DAEMON_ERRORS } from "../../src/cli/daemon-client/daemon-errors.ts";
import type { CatalogueEntry } from "../../src/model/diagnostics/catalogue-entry.ts";
import { DIAGNOSTIC_CATALOGUE } from "../../src/model/diagnostics/diagnostic-catalogue.ts";
import { ERROR_CATALOGUE } from "../../src/systems/control-plane/control-plane-errors.ts";
import { FLYTEADMIN_ERRORS } from "../../src/systems/flyteadmin/flyteadmin-errors.ts";
import { describeFailures, type FailureEntry } from "../../src/systems/http/describe-failures.ts";

const REFERENCE = join(import.meta.dirname, "..", "..", "docs", "reference.md");

type Catalogue = Readonly<Record<string, FailureEntry>>;

/** Servers by their names in the table, with what `describeFailures` says of each. */
const SERVERS: readonly (readonly [name: string, catalogue: Catalogue, shared: Catalogue])[] = [
  ["control plane", ERROR_CATALOGUE, describeFailures("the control plane")],
  ["flyteadmin", FLYTEADMIN_ERRORS, describeFailures("flyteadmin")],
  ["daemon", DAEMON_ERRORS, describeFailures("a poolkeeper daemon")],
];

function renderRow(code: string, server: string, entry: FailureEntry): string {
  const { next, ambiguous, summary, remedy, unreached } = entry;
  const happened = unreached ? `It ${summary}` : `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`;
  return `| \`${code}\` | ${server} | ${next} | ${ambiguous ? "unknown" : "not done"} | ${happened}. ${remedy} |`;
}

/** What any server may answer stands once; what one of them says in its own way stands with its name. */
function renderErrors(): string {
  const shared = Object.entries(describeFailures("the server")).map(([code, entry]) => renderRow(code, "any", entry));
  const own = SERVERS.flatMap(([server, catalogue, same]) =>
    Object.entries(catalogue)
      .filter(([code]) => !Object.hasOwn(same, code))
      .map(([code, entry]) => renderRow(code, server, entry)),
  );
  const rows = [...shared, ...own].toSorted();
  return ["| code | server | next | a write is | what happened, what to do |", "|---|---|---|---|---|", ...rows].join(
    "\n",
  );
}

function renderDiagnostics(): string {
  const rows = Object.entries(DIAGNOSTIC_CATALOGUE).map(([code, entry]: readonly [string, CatalogueEntry]) => {
    const severity = entry.severity === "error" ? "" : "Warning: ";
    return `| \`${code}\` | ${severity}${entry.summary}. ${entry.cause} | ${entry.remedy} |`.replaceAll(/\n/g, " ");
  });
  return ["| code | what is wrong | what to do |", "|---|---|---|", ...rows].join("\n");
}

type Part = Readonly<Record<string, unknown>>;

function asPart(value: unknown): Part {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A part of the schema, with what it refers to; what stands beside the reference counts before it. */
function resolve(value: unknown): Part {
  const part = asPart(value);
  const name = typeof part.$ref === "string" ? part.$ref.split("/").at(-1) : undefined;
  return name === undefined ? part : { ...resolve(Reflect.get(schema.$defs, name)), ...part };
}

/** The default of an option: required, none (a dash), or its value. */
function renderDefault(name: string, option: Part, required: readonly unknown[]): string {
  if (required.includes(name)) return "required";
  if (option.default === undefined) return "-";
  const isWord = typeof option.default === "string" && option.default !== "";
  return `\`${isWord ? option.default : JSON.stringify(option.default)}\``;
}

/** What an option is; of a number of words, which. */
function renderMeaning(option: Part, isRepeated: boolean): string {
  const words = Array.isArray(option.enum) ? `One of ${option.enum.map((word) => `\`${word}\``).join(", ")}. ` : "";
  const text = `${words}${String(option.description ?? "")}`.replaceAll("|", "\\|");
  return isRepeated ? `${text} See the [top level](#top-level).` : text;
}

/** An object of the configuration as a section with a table, and those below it. */
function renderOptions(part: Part, path: string): readonly string[] {
  const required = Array.isArray(part.required) ? part.required : [];
  const entries = Object.entries(asPart(part.properties)).map(([name, value]) => {
    const option = resolve(value);
    const below = path === "" ? name : `${path}.${name}`;
    // Described once: secrets in the introduction, policies and drifts on the top level.
    const isRepeated = /^targets\[\]\.(policy|drift)$/.test(below);
    const isLeaf = isRepeated || option["x-code"] === "config-literal-secret";
    const row = `| \`${name}\` | ${renderDefault(name, option, required)} | ${renderMeaning(option, isRepeated)} |`;
    return {
      row,
      inner: isLeaf ? [] : [...renderOptions(option, below), ...renderOptions(resolve(option.items), `${below}[]`)],
    };
  });
  if (entries.length === 0) return [];
  const heading = `${path.includes(".") ? "####" : "###"} ${path === "" ? "Top level" : path}`;
  const intro = path === "" ? [] : [`${String(part.description ?? "")}\n`];
  const table = ["| option | default | |", "|---|---|---|", ...entries.map(({ row }) => row)].join("\n");
  return [[`${heading}\n`, ...intro, table].join("\n"), ...entries.flatMap(({ inner }) => inner)];
}

/** The document with a part between its two marks rendered again. */
function replacePart(text: string, name: string, body: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [before = "", rest = ""] = text.split(begin);
  const [, after = ""] = rest.split(end);
  return `${before}${begin}\n\n${body}\n\n${end}${after}`;
}

test("the reference has every option as its schema does, and every diagnostic and error of a server as their catalogues do", async () => {
  const text = readFileSync(REFERENCE, "utf8");
  const parts = [
    ["configuration", renderOptions(schema, "").join("\n\n")],
    ["diagnostics", renderDiagnostics()],
    ["errors", renderErrors()],
  ] as const;
  const rendered = parts.reduce((document, [name, body]) => replacePart(document, name, body), text);
  await expect(rendered).toMatchFileSnapshot(REFERENCE);
});

test("no server has an error of its own that differs in what it allows from the shared one", () => {
  for (const [server, catalogue, same] of SERVERS) {
    for (const [code, entry] of Object.entries(same)) expect([server, catalogue[code]]).toEqual([server, entry]);
  }
});
