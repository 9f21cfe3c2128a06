import type { AuditEntry } from "../../model/passes/audit-entry.ts";
import { formatMoment } from "../text/format-moment.ts";
import type { Paint } from "../text/paint.ts";
import { renderTable } from "../text/render-table.ts";
import { type Shown, shown } from "../text/shown-text.ts";

/** The audit log, as a table. */
export function renderAuditText(entries: readonly AuditEntry[], paint: Paint): Shown {
  if (entries.length === 0) return shown`The audit log is empty.\n`;
  const rows = entries.map(({ at, who, via, action, target, details }) => {
    const described = Object.entries(details).map(
      ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
    );
    return [formatMoment(at), who, via, action, target ?? "-", described.join(" ")].map((text) => ({ text }));
  });
  return shown`${renderTable("Audit", ["AT", "WHO", "VIA", "ACTION", "TARGET", "DETAILS"], rows, paint)}\n`;
}
