import { create } from "@bufbuild/protobuf";
import { type Authorship, AuthorshipSchema } from "../../systems/control-plane/gen/cloudidl/common/common_pb.js";
import {
  type EnrichedIdentity,
  EnrichedIdentitySchema,
} from "../../systems/control-plane/gen/flyteidl2/common/common_pb.js";
import type { Author } from "../state/author.ts";
import type { Signed, State } from "../state/state.ts";

/** The creator and last author of a record, as fields of its message: none where unknown, and on 2026-07, which has no such fields. */
export function authorshipToWire(state: State, record: Signed): { readonly authorship?: Authorship } {
  const { created_by, updated_by } = record;
  if (state.generation === "2026-07" || (created_by ?? updated_by) === undefined) {
    return {};
  }
  const authorship = create(AuthorshipSchema, {
    ...(created_by && { createdBy: identityToWire(created_by) }),
    ...(updated_by && { updatedBy: identityToWire(updated_by) }),
  });
  return { authorship };
}

function identityToWire({ kind, name }: Author): EnrichedIdentity {
  const id = { subject: name };
  if (kind === "application") {
    return create(EnrichedIdentitySchema, { principal: { case: "application", value: { id, spec: { name } } } });
  }
  const [firstName = "", ...others] = name.split(" ");
  const spec = name.includes("@") ? { email: name } : { firstName, lastName: others.join(" ") };
  return create(EnrichedIdentitySchema, { principal: { case: "user", value: { id, spec } } });
}
