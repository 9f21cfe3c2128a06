import { create, type DescMessage, type DescMethodUnary, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { attributesRules } from "./decide-attributes.ts";
import { executionRules } from "./decide-executions.ts";
import { projectRules } from "./decide-projects.ts";
import type { FlyteadminRules } from "./flyteadmin-rules.ts";
import type { FlyteadminChange, FlyteadminState } from "./flyteadmin-state.ts";

/** One call of AdminService: the method's descriptor and its request message. */
export interface FlyteadminRequest<I extends DescMessage = DescMessage, O extends DescMessage = DescMessage> {
  readonly method: DescMethodUnary<I, O>;
  readonly message: MessageShape<I>;
}

/** The decision about a request: a response with its changes, or a refusal without changes. */
export type FlyteadminDecision<O extends DescMessage = DescMessage> =
  | { readonly response: MessageShape<O>; readonly error?: never; readonly changes: readonly FlyteadminChange[] }
  | { readonly error: ConnectError; readonly response?: never; readonly changes: readonly [] };

type UntypedRule = (
  state: FlyteadminState,
  request: unknown,
  now: number,
) => { response: never; changes?: readonly FlyteadminChange[] };

const RULES: FlyteadminRules = { ...projectRules, ...attributesRules, ...executionRules };

/**
 * The rules of flyteadmin (release 1.16): the response to a request, and its changes. Pure: the state is neither modified nor
 * copied, and the same arguments give the same decision.
 */
export function decideFlyteadmin<I extends DescMessage, O extends DescMessage>(
  state: FlyteadminState,
  request: FlyteadminRequest<I, O>,
  now: number,
): FlyteadminDecision<O> {
  try {
    const { response, changes } = findRule(request.method)(state, request.message, now);
    return { response: create(request.method.output, response), changes: changes ?? [] };
  } catch (error) {
    if (error instanceof ConnectError) {
      return { error, changes: [] };
    }
    throw error;
  }
}

function findRule(method: DescMethodUnary): UntypedRule {
  const rule: unknown = Reflect.get(RULES, method.localName);
  if (typeof rule !== "function") {
    throw new ConnectError(`unknown method ${method.name}`, Code.Unimplemented);
  }
  // Rule tables are typed by method; the lookup by name loses the type.
  return rule as UntypedRule;
}
