import { create, type DescMessage, type DescMethod, type DescMethodUnary, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { Generation } from "../../model/objects/live.ts";
import { ClusterService } from "../../systems/control-plane/gen/cloudidl/cluster/cluster_pb.js";
import { ClusterPoolService } from "../../systems/control-plane/gen/cloudidl/clusterpool/clusterpool_pb.js";
import { QueueService } from "../../systems/control-plane/gen/cloudidl/queue/queue_pb.js";
import { ProjectService } from "../../systems/control-plane/gen/flyteidl2/project/project_service_pb.js";
import { SettingsService } from "../../systems/control-plane/gen/flyteidl2/settings/settings_pb.js";
import { type Author, EMBEDDED_USER } from "../state/author.ts";
import type { Change, State } from "../state/state.ts";
import { signAnswer, signChanges } from "../wire/sign-decision.ts";
import { checkRequest } from "./check-request.ts";
import { clusterRules } from "./cluster-rules.ts";
import { projectRules } from "./list-projects.ts";
import { poolRules } from "./pool-rules.ts";
import { queueRules } from "./queue-rules.ts";
import { settingsRules } from "./settings-rules.ts";

const ONLY: Readonly<Record<string, Generation>> = {
  "ClusterPoolService/CreateOrgClusterPools": "2026-07",
  "ClusterPoolService/Undelete": "2026-11",
  "ClusterService/UpdateCluster": "2026-11",
  "ClusterService/UpdateClusterState": "2026-11",
  "ClusterService/UndeleteCluster": "2026-11",
  "ClusterService/WatchClusters": "2026-11",
  "QueueService/DeleteQueue": "2026-11",
  "QueueService/UndeleteQueue": "2026-11",
  "QueueService/ResolveQueue": "2026-11",
};

/** The only generation that serves a method; undefined for a method of both. */
function findServedGeneration(method: DescMethod): Generation | undefined {
  return ONLY[`${method.parent.name}/${method.name}`];
}

/** One unary RPC: the method's descriptor and its request message. */
export interface Request<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<I>;
}

/** The decision about a request: a response with its changes, or a refusal without changes. */
export type Decision<O extends DescMessage = DescMessage> =
  | { readonly response: MessageShape<O>; readonly error?: never; readonly changes: readonly Change[] }
  | { readonly error: ConnectError; readonly response?: never; readonly changes: readonly [] };

type UntypedRule = (state: State, request: unknown, now: number) => { response: never; changes?: readonly Change[] };

const RULES: Readonly<Record<string, object>> = {
  [ClusterPoolService.typeName]: poolRules,
  [ClusterService.typeName]: clusterRules,
  [QueueService.typeName]: queueRules,
  [SettingsService.typeName]: settingsRules,
  [ProjectService.typeName]: projectRules,
};

/**
 * The rules of the control plane: the response to a request, and its changes. Pure: the state is neither modified nor copied, time
 * is an argument (milliseconds since 1970), and the same arguments give the same decision. Apply the changes of `advance`, which time
 * alone causes, first. `author`: the caller, whom the written records name.
 */
export function decide<I extends DescMessage, O extends DescMessage>(
  state: State,
  request: Request<I, O>,
  now: number,
  author: Author = EMBEDDED_USER,
): Decision<O> {
  try {
    const rule = findRule(state, request.method);
    checkRequest(request.method.input, request.message);
    const outcome = rule(state, request.message, now);
    const changes = signChanges(state, request.method, outcome.changes ?? [], author);
    const response = create(request.method.output, outcome.response);
    signAnswer(state, response, changes);
    return { response, changes };
  } catch (error) {
    if (error instanceof ConnectError) {
      return { error, changes: [] };
    }
    throw error;
  }
}

function findRule(state: State, method: DescMethodUnary): UntypedRule {
  const only = findServedGeneration(method);
  const rules = RULES[method.parent.typeName] ?? {};
  const rule: unknown = Reflect.get(rules, method.localName);
  if (typeof rule !== "function" || (only !== undefined && only !== state.generation)) {
    const message = `${method.parent.typeName}/${method.name} is not served by generation ${state.generation}`;
    throw new ConnectError(message, Code.Unimplemented);
  }
  // Rule tables are typed by method (see Rules); the lookup by name loses the type.
  return rule as UntypedRule;
}
