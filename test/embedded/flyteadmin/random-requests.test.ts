import fc from "fast-check";
import { expect, test } from "vitest";
import type { ProjectRecord } from "../../../src/embedded/flyteadmin/flyteadmin-state.ts";
import { ATTRIBUTES_KINDS, type AttributesKind } from "../../../src/kinds/registry.ts";
import { OperationalError } from "../../../src/model/errors/operational-error.ts";
import type { AttributesRow } from "../../../src/model/objects/attributes.ts";
import { rowOf, scopeOf, serveAndOpen } from "../../systems/flyteadmin/fixtures/open.ts";

const project = fc.constantFrom("team1", "team1", "team1", "project1", "nope");
const domain = fc.constantFrom("development", "development", "staging", "qa");
const workflow = fc.constantFrom("w", "w", "a b%2F?");
const scope = fc.oneof(
  project,
  fc.tuple(project, domain).map((parts) => parts.join("/")),
  fc.tuple(project, domain, workflow).map((parts) => parts.join("/")),
);
const kind = fc.constantFrom(...ATTRIBUTES_KINDS);

/** One thing that somebody does. */
type Action =
  | { readonly does: "put"; readonly kind: AttributesKind; readonly scope: string; readonly value: string }
  | { readonly does: "delete"; readonly kind: AttributesKind; readonly scope: string }
  | { readonly does: "set_state"; readonly project: string; readonly archived: boolean };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant("put" as const), kind, scope, value: fc.string({ maxLength: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant("delete" as const), kind, scope }) },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant("set_state" as const),
      project: fc.constantFrom("team1", "project1"),
      archived: fc.boolean(),
    }),
  },
);

/** What flyteadmin's documents say it does, in as few words as possible: rows under `KIND PROJECT[/DOMAIN[/WORKFLOW]]`. */
class Oracle {
  readonly rows = new Map<string, string>();
  readonly archived = new Set<string>();

  /** The code that the request fails with; undefined when it is carried out. */
  act(done: Action): string | undefined {
    if (done.does === "set_state") {
      this.archived[done.archived ? "add" : "delete"](done.project);
      return undefined;
    }
    const [project = "", domain] = done.scope.split("/");
    if (project === "nope") return "project_unknown";
    if (this.archived.has(project)) return "project_archived";
    if (domain === "qa") return "domain_unknown";
    const key = `${done.kind} ${done.scope}`;
    if (done.does === "put") this.rows.set(key, done.value);
    else for (const row of this.rows.keys()) if (`${row}/`.startsWith(`${key}/`)) this.rows.delete(row);
    return undefined;
  }

  /** The scope and value of the row that answers for a scope. */
  resolve(kind: AttributesKind, scope: string): readonly [scope: string, value: string] | undefined {
    for (let parts = scope.split("/"); parts.length > 0; parts = parts.slice(0, -1)) {
      const value = this.rows.get(`${kind} ${parts.join("/")}`);
      if (value !== undefined) return [parts.join("/"), value];
    }
    return undefined;
  }
}

async function codeOf(promise: Promise<void>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof OperationalError) return error.code;
    throw error;
  }
}

const textOf = ({ kind, scope }: AttributesRow) =>
  `${kind} ${[scope.project, scope.domain, scope.workflow].filter((part) => part !== null).join("/")}`;

/** What is read back at the end of each sequence. */
const READ = [
  "team1",
  "team1/development",
  "team1/development/w",
  "team1/staging/w",
  "project1/development/w",
  "nope/qa",
];

async function openWorld() {
  const { reader, writer, served } = await serveAndOpen();
  const { flyteadmin, url } = served;
  const setState = (project: string, state: ProjectRecord["state"]) => {
    const record = flyteadmin.state.projects.get(project);
    if (record !== undefined) flyteadmin.commit([{ table: "project", key: project, record: { ...record, state } }]);
  };
  const send = async (done: Action): Promise<string | undefined> => {
    if (done.does === "put") return codeOf(writer.putRow(rowOf(done.kind, done.scope, done.value)));
    if (done.does === "delete") return codeOf(writer.deleteRow(done.kind, scopeOf(done.scope)));
    setState(done.project, done.archived ? "ARCHIVED" : "ACTIVE");
    return undefined;
  };
  /** The row that a GET answers with, by the scope that it echoes. */
  const resolve = async (kind: AttributesKind, scope: string) => {
    const route = ["project", "project_domain", "workflow"][scope.split("/").length - 1];
    const type = kind === "execution_cluster_label" ? 3 : 7;
    const path = scope.split("/").map(encodeURIComponent).join("/");
    const answer = await fetch(`${url}/api/v1/${route}_attributes/${path}?resource_type=${type}`);
    if (!answer.ok) return undefined;
    const { project, domain = "", workflow = "", matchingAttributes } = JSON.parse(await answer.text()).attributes;
    const found = [project, domain, workflow].filter((part) => part !== "").join("/");
    return [
      found,
      matchingAttributes.executionClusterLabel?.value ?? matchingAttributes.clusterAssignment.clusterPoolName,
    ];
  };
  const activateAll = () => {
    for (const project of flyteadmin.state.projects.keys()) setState(project, "ACTIVE");
  };
  const clear = () => {
    activateAll();
    const rows = [...flyteadmin.state.attributes.keys()];
    flyteadmin.commit(rows.map((key) => ({ table: "attributes", key, record: null })));
  };
  return { reader, send, resolve, activateAll, clear };
}

test("any sequence of writes, deletions and archivings ends in the rows, refusals and resolved reads of the oracle", async () => {
  const { reader, send, resolve, activateAll, clear } = await openWorld();
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), kind, async (actions, kind) => {
      clear();
      const oracle = new Oracle();
      for (const done of actions) expect(await send(done)).toBe(oracle.act(done));
      const rows = (await Promise.all(ATTRIBUTES_KINDS.map(reader.listRows))).flat();
      expect(rows).toHaveLength(oracle.rows.size);
      expect(new Map(rows.map((row) => [textOf(row), row.value]))).toEqual(oracle.rows);
      activateAll();
      for (const scope of READ) expect(await resolve(kind, scope)).toEqual(oracle.resolve(kind, scope));
    }),
    { numRuns: 100, seed: 20261121 },
  );
});
