import type { Kind } from "../../kinds/registry.ts";
import type { Address } from "../address.ts";
import { numberShape, textShape } from "../json/shape.ts";
import type { ActionReason } from "./plan.ts";
import type { Op } from "./step.ts";

/*
 * Texts and numbers of plans, each with a schema of its own: a plan that the store gives back may have any text that a server has used as a
 * name, and `PLAN_SCHEMA` says by these schemas which ones a plan in a file may have.
 */

/** What names or explains something, in one line. */
export const isName = textShape();
/** The same, or nothing. */
export const isLine = textShape();
/** Why a change has its action: readers tolerate values that they do not know. */
export const isReason = textShape<ActionReason>();
/** Several lines. */
export const isLines = textShape();
/** Addresses are compared, and not read: one of a kind that is not known any more is one. */
export const isAddress = textShape<Address>();
/** The kind of an object, and what was done to it, in records: what a newer release knows is shown as it is. */
export const isKind = textShape<Kind>();
export const isOp = textShape<Op>();
/** SHA-256 in hexadecimal digits. */
export const isHash = textShape();
/** The generation of a state. */
export const isDigits = textShape();
/** A count as a queue has it. */
export const isLimit = numberShape();
/** A count of devices. */
export const isDevices = numberShape();
/** A time in milliseconds. */
export const isDuration = numberShape();
