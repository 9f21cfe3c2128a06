import { type DescMethod, isMessage, type Message } from "@bufbuild/protobuf";
import { ClusterSchema, ClusterService } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolSchema } from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueSchema } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import type { Author } from "../state/author.ts";
import type { Change, Signed, State } from "../state/state.ts";
import { authorshipToWire } from "./authorship-wire.ts";

/**
 * The changes of a request, with the author of each pool, cluster and queue that is written. An operator's report does not change
 * the author of a record.
 */
export function signChanges(
  state: State,
  method: DescMethod,
  changes: readonly Change[],
  author: Author,
): readonly Change[] {
  return method === ClusterService.method.updateStatus
    ? changes
    : changes.map((change) => signChange(state, change, author));
}

function signChange(state: State, change: Change, author: Author): Change {
  if (change.record === null) {
    return change;
  }
  switch (change.table) {
    case "pool":
      return { ...change, record: sign(change.record, state.pool.rows.get(change.key), author) };
    case "cluster":
      return { ...change, record: sign(change.record, state.cluster.rows.get(change.key), author) };
    case "queue":
      return { ...change, record: sign(change.record, state.queue.rows.get(change.key), author) };
    default:
      return change;
  }
}

/** A record as written by an author, who is its creator too where it is new. */
export function sign<R extends Signed>(record: R, before: Signed | undefined, author: Author): R {
  return { ...record, ...(before === undefined && { created_by: author }), updated_by: author };
}

/** Adds the authors to the record in a write's response, which the rule made before the record was signed. Modifies the response. */
export function signAnswer(state: State, answer: Message, changes: readonly Change[]): void {
  for (const part of Object.values<unknown>({ ...answer })) {
    const record = findWritten(part, changes);
    if (record) {
      Object.assign(part as Message, authorshipToWire(state, record));
    }
  }
}

function findWritten(part: unknown, changes: readonly Change[]): Signed | undefined {
  const [table, name] = identify(part);
  const change = changes.find((one) => one.table === table && one.key === name);
  // `identify` returns only tables of signed records.
  return (change?.record ?? undefined) as Signed | undefined;
}

function identify(part: unknown): readonly [table: Change["table"] | null, name: string | undefined] {
  if (isMessage(part, ClusterPoolSchema)) {
    return ["pool", part.id?.name];
  }
  if (isMessage(part, ClusterSchema)) {
    return ["cluster", part.spec?.id?.name];
  }
  return isMessage(part, QueueSchema) ? ["queue", part.id?.name] : [null, undefined];
}
