/**
 * The attacker reads what poolkeeper says of manifests: `validate`, comments, statuses, pages, the API. A credential stands where it does not
 * belong: as a name, a key, a number, the name of a file. No message repeats it, in its own letters or in those of a correction.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderDiagnostics } from "../../src/report/text/render-diagnostics.ts";
import { queue } from "../daemon/manifests.ts";
import { openForgedWorld } from "../daemon/open-forged-world.ts";
import { TOKENS } from "../daemon/talk-to-daemon.ts";
import { FULL_FOLDER } from "../manifests/full-folder.ts";
import { readDocuments } from "../manifests/read-documents.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { runInProcess } from "../set-up/run-in-process.ts";

const MARK = /mark[-_ .]?mark/i;

/** Credentials by their form and by their place in an address. Some are valid names, and some become one with other letters. */
const CREDENTIALS: Readonly<Record<string, string>> = {
  "a token of GitHub": `ghp_${"mark".repeat(9)}`,
  "a token of GitHub in capitals": `ghp_${"MARK".repeat(9)}`,
  "a key of AWS": `AKIA${"MARK".repeat(4)}`,
  "a password in an address": "https://robot:markmark@registry.example.com/x",
  "a token of GitLab": `glpat-${"mark".repeat(5)}`,
  "a user in an address": "https://markmark@registry.example.com/x",
  "a password before a host": "robot:markmark@registry.example.com",
  "a token behind an escape of an address": `state%3Dghp_${"mark".repeat(9)}`,
  "a token behind an escape of JSON": `x\\nghp_${"mark".repeat(9)}`,
  "a token behind a colour of a terminal": `[31mglpat-${"mark".repeat(5)}`,
  "two tokens that join": `xoxb-1234567890-ghp_${"mark".repeat(9)}`,
  "a password in an address that is escaped": "next=https%3A%2F%2Frobot%3Amarkmark%40registry.example.com%2Fx",
};

type Folder = Record<string, unknown>;
type Path = readonly string[];

function listPaths(value: unknown): readonly Path[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [[key], ...listPaths(child).map((path) => [key, ...path])]);
}

/** Renames a key, its place among the others kept. */
function rename(parent: object, key: string, name: string): void {
  const entries = Object.entries(parent);
  for (const [old] of entries) Reflect.deleteProperty(parent, old);
  for (const [old, value] of entries) Reflect.set(parent, old === key ? name : old, value);
}

type Plant = (parent: object, key: string, credential: string) => void;

/** What may be wrong at a place: its value, or a part of it, its key, a key or an item that does not belong there. */
const PLANTS: Readonly<Record<string, Plant>> = {
  value: (parent, key, credential) => Reflect.set(parent, key, credential),
  "last part of a value": (parent, key, credential) => Reflect.set(parent, key, `${"x ".repeat(31)}${credential}`),
  list: (parent, key, credential) => Reflect.set(parent, key, [credential, credential]),
  "key of a map": (parent, key, credential) => Reflect.set(parent, key, { [credential]: credential }),
  key: (parent, key, credential) => {
    if (!Array.isArray(parent)) rename(parent, key, credential);
  },
  "further key": (parent, key, credential) => {
    const value: unknown = Reflect.get(parent, key);
    if (Array.isArray(value)) value.push(credential, credential);
    else if (typeof value === "object" && value !== null) Reflect.set(value, credential, 1);
  },
};

function write(folder: Folder): Record<string, string> {
  return Object.fromEntries(Object.entries(folder).map(([file, body]) => [file, JSON.stringify(body)]));
}

/** What `validate` says of files, in both of its forms. */
function say(files: Readonly<Record<string, string>>): string {
  const { diagnostics } = readDocuments(files);
  return `${renderDiagnostics(diagnostics)}\n${JSON.stringify(diagnostics)}`;
}

function leaks(files: Readonly<Record<string, string>>): readonly string[] {
  return say(files)
    .split("\n")
    .filter((line) => MARK.test(line));
}

const PLACES = Object.entries(FULL_FOLDER).flatMap(([file, body]) => listPaths(body).map((path) => [file, ...path]));

function plantAt(path: Path, plant: Plant, credential: string): Folder {
  const folder: Folder = structuredClone(FULL_FOLDER);
  const parent = path.slice(0, -1).reduce<object>((node, key) => Reflect.get(node, key), folder);
  plant(parent, String(path.at(-1)), credential);
  return folder;
}

/** What a name, a correction or a quotation makes of each of them differs; the others are planted at all places at once. */
const PLANTED = Object.entries(CREDENTIALS).slice(0, 4);

describe.each(PLANTED)("%s", (_what, credential) => {
  test.each(Object.entries(PLANTS))("as a %s at any place of a manifest is in no message", (_how, plant) => {
    const found = PLACES.flatMap((path) => leaks(write(plantAt(path, plant, credential))).map((line) => [path, line]));
    expect(found).toEqual([]);
  });
});

describe.each(Object.entries(CREDENTIALS))("%s", (_what, credential) => {
  test("as the name of a file is in no message", () => {
    for (const [file, body] of Object.entries(FULL_FOLDER)) {
      const path = join(dirname(file), `${credential.replaceAll("/", "-")}.yaml`);
      const { [file]: _moved, ...others } = FULL_FOLDER;
      for (const text of [JSON.stringify(body), JSON.stringify({ ...body, name: 5, extra: 1, value: 7 }), "{ broken"]) {
        expect([file, ...leaks({ ...write(others), [path]: text, [file]: text })]).toEqual([file]);
      }
    }
  });

  test.each([
    "{{ broken: [ CREDENTIAL",
    "a: *CREDENTIAL",
    "a: !CREDENTIAL x",
    "a: &CREDENTIAL x\nb: *CREDENTIAL",
    "? [ CREDENTIAL ]\n: 1",
    '"CREDENTIAL": 1\n"CREDENTIAL": 2',
    'name: "CREDENTIAL\n',
    "%CREDENTIAL\n---\n",
    "- CREDENTIAL",
    '"CREDENTIAL"',
    '"CREDENTIAL": {\n\t"CREDENTIAL": ]',
    "kind: Queue\nname: CREDENTIAL\nkind: CREDENTIAL",
  ])("in a text that is no manifest is in no message: %j", (text) => {
    const written = text.replaceAll("CREDENTIAL", credential);
    expect(leaks({ "queues/a.yaml": written, "other/b.yaml": written, "cluster-pool-maps/c.yaml": written })).toEqual(
      [],
    );
  });

  test("at all places at once is in no output of `validate`", async () => {
    const dir = makeTemporaryFolder();
    const add = (file: string, body: unknown) => {
      mkdirSync(dirname(join(dir, file)), { recursive: true });
      writeFileSync(join(dir, file), JSON.stringify(body));
    };
    for (const [file, body] of Object.entries(FULL_FOLDER)) add(file, replaceTexts(body, credential));
    add(`queues/${credential.replaceAll("/", "-")}.yaml`, { name: credential, [credential]: credential });
    add(`other/${credential.replaceAll("/", "-")}/x.yaml`, { kind: credential });
    add("poolkeeper.target.yaml", { targets: [credential], org: credential, [credential]: credential });
    for (const format of [[], ["--json"], ["--strict"]]) {
      const { code, stdout, stderr } = await runInProcess(["validate", dir, ...format], {}, dir);
      expect(code).toBe(3);
      expect(`${stdout}${stderr}`.split("\n").filter((line) => MARK.test(line))).toEqual([]);
    }
  });
});

/** All values of a document replaced, and its kind kept. */
function replaceTexts(value: unknown, credential: string): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => replaceTexts(item, credential));
  if (typeof value !== "object" || value === null) return credential;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, key === "kind" ? child : replaceTexts(child, credential)]),
  );
}

test("a daemon that reads such manifests repeats it on no request, no page and in no answer", async () => {
  const credential = CREDENTIALS["a token of GitHub"] ?? "";
  const { propose, untilSaid, merge, comment, forge, head, status, daemon, world } = await openForgedWorld({
    kind: "github",
  });
  const number = await propose("misplaced", {
    "queues/any.yaml": queue("any", 1).replace("cluster_pool: pa", `cluster_pool: ${credential}`),
    "queues/two.yaml": `${queue("two", 1)}max_accelerators: { ${credential}: 1 }\nlifecycle: { ignore_changes: ["${credential}"] }\n`,
    "other/x.yaml": `kind: ${credential}\nname: x\n`,
    [`queues/${credential}.yaml`]: queue("three", 1).replace("run_concurrency: 1", `run_concurrency: ${credential}`),
    "cluster-pool-maps/map.yaml": `${credential}: [${credential}]\n`,
  });
  await untilSaid(number, /bad-name/);
  const read = async (path: string) =>
    (await fetch(`${daemon.url}${path}`, { headers: { authorization: `Bearer ${TOKENS.read}` } })).text();
  const request = `/targets/prod/requests/${number}`;
  const ofRequest = [
    ...[comment(number), status(number, "plan"), JSON.stringify(forge.checks(head(number)))],
    ...[await read(request), await read(`/api/v1${request}`)],
  ];
  const revision = await merge(number, "mona");
  await daemon.until(({ status: { state }, last_pass }) => last_pass?.revision === revision && state === "Invalid");
  const ofTarget = [await read("/"), await read("/targets/prod"), await read("/api/v1/targets/prod")];
  for (const said of [...ofRequest, ...ofTarget, ...world.log]) expect(said).not.toMatch(MARK);
  expect(comment(number)).toContain("secret-in-manifest");
});
