/** One entry, shown in full or left out. */
export interface Item {
  /** What is counted where it is left out, in the singular: `queue`, `route`. */
  readonly noun: string;
  readonly isDestructive: boolean;
  /** What stands for it where there is no room for more; "" where nothing does. */
  readonly brief: string;
  /**
   * All of it, or its beginning where it is long, when it is asked for; null: that has more than `most` characters. What it looks at for that, the first time,
   * is taken from `looks`, and no more is looked at than is left.
   */
  readonly write: (most: number, looks: Looks) => string | null;
  /** How all of it is written where `write` may give its beginning alone. Left out: it always gives all. */
  readonly whole?: WholeItem;
}

/** Characters that may be looked at: to clean one of them takes up to a thousand times what it takes to count it. */
export interface Looks {
  left: number;
}

/** All of a long item, which takes the place of its beginning if there is room left in the end. */
export interface WholeItem {
  /** Whether `write` gives all of it already. */
  readonly isWritten: () => boolean;
  /** Null: it has more than `most` characters, or what it is made of has. `looked`: so many were looked at. */
  readonly write: (most: number) => { readonly text: string | null; readonly looked: number };
}

/** A part of a text that is written only as far as there is room. */
export interface Section {
  /** Parts of a lower rank are given room first, those of one rank together. */
  readonly rank: number;
  /** The text before and after the items, with its line breaks. */
  readonly open: string;
  readonly close: string;
  /** The text between two items. */
  readonly between: string;
  readonly items: readonly Item[];
}

/** A text whose sections were fitted, and what of them is left out. */
export interface FittedText {
  /** In the order of the layout, without those that are empty. */
  readonly blocks: readonly string[];
  readonly leftOut: readonly Item[];
  /** Of so many there is the beginning alone. */
  readonly cut: number;
  /** So many are shortened to a line. */
  readonly shortened: number;
}

/** Between two blocks. */
export const BLANK_LINE = "\n\n";

/** After so many in a row that do not fit, no more are tried: writing thousands for nothing takes its time. One that is too long by itself is four. */
const MOST_MISSES = 20;
const LONG_MISS = 4;

/**
 * Fits sections into `room` characters of UTF-16: whole items only, by rank, and within a rank an item is written in full only where all
 * that come after it can still be shown in brief. Texts in the layout are kept as they are and are not counted.
 */
export function fitSections(layout: readonly (string | Section)[], room: number): FittedText {
  const written = new Map<Section, Written>();
  const groups = groupByRank(layout);
  let left = room;
  // To write what is long as a whole, and to write beginnings.
  const [wholes, beginnings] = [{ left: room }, { left: Math.min(2 * room, MOST_BEGUN) }];
  for (const [index, group] of groups.entries()) {
    // No section takes all the room: the others keep a quarter of it, as far as they need it.
    const share = { left: Math.floor(beginnings.left / 4) };
    beginnings.left -= share.left;
    const kept = measure(groups.slice(index + 1).flat(), Math.floor(left / 4), share);
    beginnings.left += share.left;
    const done = fitGroup(group, left, kept, { wholes, beginnings });
    left -= done.taken;
    for (const [section, items] of done.written) written.set(section, items);
  }
  const sections = [...written.values()];
  return {
    blocks: layout.flatMap((part) => (typeof part === "string" ? [part] : join(part, written.get(part)))),
    leftOut: sections.flatMap(({ leftOut }) => leftOut),
    cut: sections.reduce((sum, { cut }) => sum + cut.length, 0),
    shortened: sections.reduce((sum, { briefs }) => sum + briefs.length, 0),
  };
}

/** More is never looked at for the beginnings of what a text has, where a forge takes very long ones. */
const MOST_BEGUN = 600_000;

interface Written {
  readonly fulls: string[];
  /** The places in `fulls` of those that may be a beginning alone. */
  cut: { readonly place: number; readonly whole: WholeItem }[];
  readonly briefs: string[];
  readonly leftOut: Item[];
}

function groupByRank(layout: readonly (string | Section)[]): readonly (readonly Section[])[] {
  const sections = layout.filter((part) => typeof part !== "string");
  const ranks = Map.groupBy(sections, ({ rank }) => rank);
  return [...ranks].sort(([left], [right]) => left - right).map(([, group]) => group);
}

/** How much the sections take in full, at most `most`. */
function measure(sections: readonly Section[], most: number, looks: Looks): number {
  let size = 0;
  for (const section of sections) {
    size += frameOf(section);
    for (const item of section.items) {
      const text = size >= most ? null : item.write(most - size, looks);
      if (text === null) return Math.max(0, most);
      size += costOf(section, text);
    }
  }
  return Math.max(0, Math.min(size, most));
}

/** `kept` is left to others by what is written in full. */
function fitGroup(
  group: readonly Section[],
  room: number,
  kept: number,
  { wholes, beginnings }: { readonly wholes: Looks; readonly beginnings: Looks },
) {
  const written = new Map<Section, Written>();
  let left = room;
  // What the rest of the group needs in brief.
  let needed = group.reduce((sum, section) => sum + frameOf(section) + sumBriefs(section), 0);
  for (const section of group) {
    const own: Written = { fulls: [], cut: [], briefs: [], leftOut: [] };
    written.set(section, own);
    const frame = frameOf(section);
    needed -= frame;
    let misses = 0;
    for (const item of section.items) {
      const opening = own.fulls.length + own.briefs.length === 0 ? frame : 0;
      const brief = costOfBrief(item);
      needed -= brief;
      const free = left - needed - opening - kept - section.between.length;
      const isTried = misses < MOST_MISSES && free > 0;
      const full = isTried ? item.write(free, beginnings) : null;
      const miss = isTried && full === null ? LONG_MISS : 1;
      if (full !== null && full.length <= free) {
        if (item.whole !== undefined) own.cut.push({ place: own.fulls.length, whole: item.whole });
        own.fulls.push(full);
        left -= costOf(section, full) + opening;
        misses = 0;
      } else if (item.brief !== "" && brief + opening <= left) {
        own.briefs.push(item.brief);
        left -= brief + opening;
        misses += miss;
      } else {
        own.leftOut.push(item);
        misses += miss;
      }
    }
  }
  for (const own of written.values()) left = completeCut(own, left - kept, wholes) + kept;
  return { written, taken: room - left };
}

/** What has room for all of it gets that; the others stay listed as cut. Gives the room that is left. */
function completeCut(own: Written, room: number, looks: Looks): number {
  let left = room;
  own.cut = own.cut.filter(({ place, whole }) => {
    if (whole.isWritten()) return false;
    const start = own.fulls[place] ?? "";
    const { text, looked } = whole.write(Math.min(start.length + left, looks.left));
    looks.left -= looked;
    if (text === null || text.length - start.length > left) return true;
    own.fulls[place] = text;
    left -= text.length - start.length;
    return false;
  });
  return left;
}

function sumBriefs(section: Section): number {
  return section.items.reduce((sum, item) => sum + costOfBrief(item), 0);
}

/** With the end of its line. */
function costOfBrief({ brief }: Item): number {
  return brief === "" ? 0 : brief.length + 1;
}

function costOf({ between }: Section, text: string): number {
  return text.length + between.length;
}

/** What a section takes beside its items, the break before its briefs included. */
function frameOf({ open, close, items }: Section): number {
  return items.length === 0 ? 0 : open.length + close.length + 2 * BLANK_LINE.length;
}

function join({ open, close, between }: Section, written: Written | undefined): readonly string[] {
  if (written === undefined) return [];
  const lists = [written.fulls.join(between), written.briefs.join("\n")].filter((list) => list !== "");
  return lists.length === 0 ? [] : [`${open}${lists.join(BLANK_LINE)}${close}`];
}
