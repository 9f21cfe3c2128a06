/** The result of such a write is unknown. */
export const UNSETTLED = ["intent", "sent", "unknown", "restored"];

/** Such a write was sent, or may have been, and was not refused. */
export const SENT = ["sent", "unknown", "restored", "confirmed"];
