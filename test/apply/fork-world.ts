import { cpSync } from "node:fs";
import { createModel } from "../../src/embedded/model/create-model.ts";
import { createEmbeddedTransport } from "../../src/embedded/services/create-embedded-transport.ts";
import { listRecords } from "../../src/embedded/state/create-state.ts";
import { createReader } from "../../src/systems/control-plane/create-reader.ts";
import { createWriter } from "../../src/systems/control-plane/create-writer.ts";
import { makeTemporaryFolder } from "../set-up/make-temporary-folder.ts";
import { createWorld, NOTHING_ELSE, ORG, type ServedWorld } from "./serve-world.ts";

/** A copy of a world that goes its own way, with the same memory; in this process, so that many are cheap. */
export function forkWorld(origin: ServedWorld): ServedWorld {
  const time = { now: origin.clock.now() };
  const { generation } = origin.model.state;
  const model = createModel({ generation, org: ORG, now: () => time.now });
  model.commit(listRecords(origin.model.state));
  const transport = createEmbeddedTransport(model);
  // The same endpoint: the memory is kept under it.
  const identity = { endpoint: origin.url, org: ORG };
  const reader = createReader(transport, identity, { retries: 0 });
  const writer = createWriter(transport, identity, { retries: 0, detectGeneration: reader.detectGeneration });
  const folder = makeTemporaryFolder();
  cpSync(origin.folder, folder, { recursive: true });
  const parts = {
    url: origin.url,
    adminUrl: null,
    model,
    reader,
    writer,
    time,
    folder,
    ...NOTHING_ELSE,
  };
  return createWorld(parts, { store: origin.storeDir !== null });
}
