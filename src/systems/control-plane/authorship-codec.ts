import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { LastChange } from "../../model/objects/live.ts";
import { beginForeign } from "../../model/secrets/cut-foreign.ts";
import type { Authorship } from "./gen/cloudidl/common/common_pb.js";
import type { EnrichedIdentity } from "./gen/flyteidl2/common/common_pb.js";

/**
 * Who changed a record last, and when. Its creator is ignored: that is another question. On 2026-07 no record has an author, and in both
 * generations only queues have a time.
 */
export function decodeLastChange(authorship: Authorship | undefined, updatedAt?: Timestamp): LastChange {
  return { changed_by: decodeIdentity(authorship?.updatedBy), changed_at: decodeMoment(updatedAt) };
}

/** Characters of a name that are kept: it is shown on a line with other words. */
const LONGEST_NAME = 100;
/** Characters that are read of it: more than a secret has. */
const MOST_READ = 10_000;
/** Controls, signs that turn the direction of writing, and line breaks: users choose their own display names. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function decodeIdentity(identity: EnrichedIdentity | undefined): string | null {
  const names = listNames(identity?.principal).map(cleanName);
  return names.find((name) => name !== "") ?? null;
}

/** What an identity may be called, best first: what people know it by, then what the identity provider does. */
function listNames(principal: EnrichedIdentity["principal"] | undefined): readonly string[] {
  switch (principal?.case) {
    case "user": {
      const { id, spec } = principal.value;
      const name = [spec?.firstName, spec?.lastName].filter((part) => part).join(" ");
      return [spec?.email ?? "", name, spec?.userHandle ?? "", id?.subject ?? ""];
    }
    case "application":
      return [principal.value.spec?.name ?? "", principal.value.id?.subject ?? ""];
    default:
      return [];
  }
}

function cleanName(name: string): string {
  const seen = name.slice(0, MOST_READ).replace(UNSEEN, "").trim();
  return [...beginForeign(seen, 2 * LONGEST_NAME)].slice(0, LONGEST_NAME).join("");
}

/** A time at or before 1970 is one that was never set, and what is no date is none. */
function decodeMoment(time: Timestamp | undefined): string | null {
  const moment = new Date(Number(time?.seconds ?? 0n) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6));
  return moment.getTime() > 0 ? moment.toISOString() : null;
}
