import type { Change, Origin, Plan } from "../../model/plan/plan.ts";
import { countNoun } from "../../model/text/count-noun.ts";
import { cutNames } from "../text/cut-list.ts";
import type { Paint } from "../text/paint.ts";
import { join, joinSections, type Shown, shown } from "../text/shown-text.ts";
import { describeUnmanaged, listAuthors } from "./list-notices.ts";
import { renderChanges } from "./render-plan-text.ts";
import { listIncomparable, sortDrift } from "./sort-drift.ts";

/**
 * The differences between a folder and the live state, for people: first what was changed outside, then changes of commits not applied yet.
 * The author of an outside change is shown where the control plane reports it. Changes are shown as in a plan: from what is live to what
 * the manifests want.
 */
export function renderDriftText(plan: Plan, paint: Paint): Shown {
  const { drifted, pending } = sortDrift(plan);
  const unmanaged = describeUnmanaged(plan, cutNames);
  const authors = listAuthors(plan);
  const incomparable = listIncomparable(plan);
  const sections = [
    ...GROUPS.map(({ origins, title }) =>
      renderGroup(
        title,
        drifted.filter(({ origin }) => origins.includes(origin)),
        paint,
      ),
    ),
    authors.length === 0 ? "" : join([paint.strong("Who changed it:"), ...authors], "\n  "),
    renderGroup("Not applied yet, and no drift:", pending, paint),
    incomparable.length === 0 ? "" : join([paint.strong("Not compared:"), ...incomparable], "\n  "),
    unmanaged ?? "",
    renderVerdict(drifted, pending, paint),
  ];
  return joinSections(sections);
}

const GROUPS: readonly { readonly origins: readonly Origin[]; readonly title: string }[] = [
  { origins: ["drift"], title: "Changed outside:" },
  { origins: ["both"], title: "Changed outside and by a commit:" },
  { origins: ["unknown"], title: "Differences of unknown origin:" },
];

function renderGroup(title: string, changes: readonly Change[], paint: Paint): Shown {
  return changes.length === 0 ? shown`` : shown`${paint.strong(title)}\n\n${renderChanges(changes, paint)}`;
}

function renderVerdict(drifted: readonly Change[], pending: readonly Change[], paint: Paint): Shown {
  const rest = pending.length === 0 ? "" : ` ${countNoun(pending.length, "change")} not applied yet.`;
  if (drifted.length === 0) return paint.strong(`No drift.${rest}`);
  return paint.strong(`Drift: ${countNoun(drifted.length, "change")}.${rest}`);
}
