import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import schema from "../../../schemas/poolkeeper.schema.json" with { type: "json" };

const DOCUMENTED = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "configuration.md"), "utf8");

type Part = Readonly<Record<string, unknown>>;

function read(value: unknown): Part {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A part of the schema, with what it refers to; what stands beside the reference counts before it. */
function resolve(part: Part): Part {
  const name = typeof part.$ref === "string" ? part.$ref.split("/").at(-1) : undefined;
  return name === undefined ? part : { ...read(Reflect.get(schema.$defs, name)), ...part };
}

/** Every option by its path, with its default as the documentation writes it. */
function listOptions(part: Part, path: string): readonly (readonly [string, string, string])[] {
  const required = Array.isArray(part.required) ? part.required : [];
  return Object.entries(read(part.properties)).flatMap(([name, own]) => {
    const option = resolve(read(own));
    const entries = resolve(read(option.items));
    const usual =
      option.default === ""
        ? '""'
        : typeof option.default === "string"
          ? option.default
          : JSON.stringify(option.default);
    const shown = required.includes(name) ? "required" : option.default === undefined ? "-" : `\`${usual}\``;
    const below = path === "" ? name : `${path}.${name}`;
    // Described once, for all secrets and for the policies and drifts of targets.
    const isDescribedElsewhere =
      option["x-code"] === "config-literal-secret" || /^targets\[\]\.(policy|drift)$/.test(below);
    const inner = isDescribedElsewhere ? [] : [...listOptions(option, below), ...listOptions(entries, `${below}[]`)];
    return [[path === "" ? "Top level" : path, name, shown] as const, ...inner];
  });
}

describe("the documentation of the configuration", () => {
  const options = listOptions(schema, "");

  test("has all of them", () => {
    expect(options.length).toBeGreaterThan(80);
  });

  test.each(options)("in %s has the option %s with its default", (path, name, usual) => {
    const section = DOCUMENTED.split(/^#+ /m).find((text) => text.startsWith(`${path}\n`));
    expect(section).toContain(`\n| \`${name}\` | ${usual} |`);
  });
});
