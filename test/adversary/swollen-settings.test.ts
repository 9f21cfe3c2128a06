/**
 * The attacker runs the control plane of one target, makes up as many projects as are read, and fills the settings of each: what a pass keeps of them is
 * looked through and sealed in the memory and on the thread that all targets share.
 */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, onTestFinished, test } from "vitest";
import type { LivePlaces } from "../../src/model/objects/live.ts";
import { DEFAULT_QUEUE_KEY } from "../../src/model/objects/settings.ts";
import { openBorder } from "../../src/sealing/open-border.ts";
import { sealReader } from "../../src/sealing/seal-systems.ts";
import { ProjectService } from "../../src/systems/control-plane/gen/flyteidl2/project/project_service_pb.js";
import {
  SettingState,
  SettingsSchema,
  SettingsService,
} from "../../src/systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { readEveryScope } from "../../src/systems/control-plane/read-every-scope.ts";
import { failureOf } from "../systems/control-plane/fixtures/failure.ts";
import { open } from "../systems/control-plane/fixtures/open.ts";
import { serveRoutes } from "../systems/control-plane/fixtures/serve.ts";

const LONG = 500 * 1024;
const PROJECTS = 50;

type Settings = MessageInitShape<typeof SettingsSchema>;
const filled = (characters: number, queue = "batch"): Settings => ({
  run: { defaultQueue: { state: SettingState.VALUE, stringValue: queue } },
  environmentVariables: {
    state: SettingState.VALUE,
    mapValue: { entries: { KEY: "x".repeat(characters) } },
  },
});

/** A control plane whose projects have one domain each, all of whose scopes have the same settings. */
async function serveFilled(settings: Settings, maxObjects = 1_000_000) {
  let asked = 0;
  const port = await serveRoutes((router) =>
    router
      .service(SettingsService, {
        getSettingsForEdit: ({ key }) => {
          asked += 1;
          return { levels: [{ key, version: 1n, settings: create(SettingsSchema, settings) }] };
        },
      })
      .service(ProjectService, {
        listProjects: () => ({
          projects: {
            projects: Array.from({ length: PROJECTS }, (_, index) => ({ id: `p${index}`, domains: [{ id: "dev" }] })),
          },
        }),
      }),
  );
  const { readerUntil } = open({ endpoint: `http://127.0.0.1:${port}`, maxObjects }, { retries: 0 });
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  return { reader: readerUntil(ending.signal), asked: () => asked };
}

const scopeOf = (index: number) => ({ domain: "dev", project: `p${index}` });

test("of the scopes that no manifest names, nothing but the queue reaches what seals secrets", async () => {
  const { reader } = await serveFilled(filled(LONG));
  const border = { key: Buffer.alloc(32, 7), patterns: [], desired: [], owned: [], remembered: {} };
  const { vault } = openBorder(border);
  const nothing: Pick<LivePlaces, "settings" | "unreadable_scopes" | "scope_list"> = {
    settings: [],
    unreadable_scopes: [],
    scope_list: "unread",
  };
  const { settings } = await readEveryScope(nothing, sealReader(reader, vault));
  expect(settings).toHaveLength(PROJECTS + 1);
  expect(settings.map(({ values }) => values)).toEqual(settings.map(() => ({ [DEFAULT_QUEUE_KEY]: "batch" })));
  expect(vault.list()).toEqual([]);
});

test("a record with longer texts than any has is refused, with its scope", async () => {
  const { reader } = await serveFilled(filled(LONG + 20 * 1024));
  const failure = await failureOf(reader.getSettings(scopeOf(1)));
  expect(failure).toMatchObject({ code: "answer_too_large" });
  expect(failure.message).toContain('project "p1"');
  expect((await reader.getRoutingSettings(scopeOf(1))).values).toEqual({ [DEFAULT_QUEUE_KEY]: "batch" });
});

test("a queue with a longer name than any has is refused, also where nothing else of the record is read", async () => {
  const { reader } = await serveFilled(filled(1, "q".repeat(2_000)));
  expect(await failureOf(reader.getRoutingSettings(scopeOf(1)))).toMatchObject({ code: "answer_too_large" });
});

test("the settings of all scopes of a look have a budget together", async () => {
  const { reader, asked } = await serveFilled(filled(LONG), 10_000);
  const readAll = async () => {
    for (let index = 0; index < 1_000; index += 1) await reader.getSettings(scopeOf(index));
  };
  expect(await failureOf(readAll())).toMatchObject({ code: "list_too_long" });
  // Four lists of 10,000 objects with 512 characters each.
  expect(asked()).toBe(Math.ceil((4 * 10_000 * 512) / LONG));
});
