import type { Blame, BlamedField, FieldSource } from "../../model/ledger/blame.ts";
import { formatValue } from "../plan/describe-change.ts";
import { formatMoment, shortenHash } from "../text/format-moment.ts";
import type { Paint } from "../text/paint.ts";
import { renderTable } from "../text/render-table.ts";
import { joinSections, type Shown, shown } from "../text/shown-text.ts";
import { describeDecided, describeDoubt } from "./describe-entry.ts";

/** Where each field of an object comes from, as a table, and where live differs. */
export function renderBlameText(blame: Blame, paint: Paint): Shown {
  const { address, physical_name, fields, looked_at, unread } = blame;
  const rows = fields.map((field) => {
    const { entry } = { entry: null, ...field.source };
    const cells = [
      field.path,
      showValue(field),
      entry?.revision === null || entry === null ? "-" : shortenHash(entry.revision),
      describeSource(field.source, blame),
      entry === null ? "-" : formatMoment(entry.at),
      entry === null ? "-" : entry.run_id,
    ];
    return cells.map((text, column) => ({ text, ...(column === 1 && "live" in field && { colour: paint.change }) }));
  });
  const title = address.endsWith(`.${physical_name}`) ? address : `${address}, registered as ${physical_name}`;
  const look =
    unread !== undefined
      ? shown`The live object was not read: ${unread}`
      : looked_at === null
        ? shown`${describeUnread(blame)}`
        : shown`Last read ${formatMoment(looked_at)}.`;
  return joinSections([renderTable(title, ["FIELD", "VALUE", "REVISION", "FROM", "AT", "RUN"], rows, paint), look]);
}

/** Of an object of which no read is on record that is newer than its last write. */
export function describeUnread({ fields }: Pick<Blame, "fields">): string {
  const written =
    fields
      .map(({ source }) => ("entry" in source ? source.entry.at : ""))
      .sort()
      .at(-1) ?? "";
  return written === ""
    ? "The live object was not read yet."
    : `Last written ${formatMoment(written)}. No later read of the live object is on record.`;
}

function showValue({ value, live, source }: BlamedField): string {
  const own = source.kind === "absent" ? "(none)" : formatValue(value);
  return live === undefined ? own : `${own} (live differs: ${live === null ? "(none)" : formatValue(live)})`;
}

/** Where a value comes from, as a clause. */
export function describeSource(source: FieldSource, { log_began }: Pick<Blame, "log_began">): string {
  switch (source.kind) {
    case "written": {
      const doubt = describeDoubt(source.entry);
      return doubt === null ? describeDecided(source.entry) : `${describeDecided(source.entry)} (no response)`;
    }
    case "outside":
      return `changed outside (before: ${describeDecided(source.entry)}), and taken over`;
    case "before_log":
      return log_began === null
        ? "before the change log began"
        : `before the change log began (${formatMoment(log_began)})`;
    case "absent":
      return "not applied";
    case "withheld":
      return "not shown: too large, or not sealed yet, as it became sensitive";
  }
}
