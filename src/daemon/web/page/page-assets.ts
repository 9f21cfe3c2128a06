import { createHash } from "node:crypto";
import { PAGE_SCRIPT } from "./page-script.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { PARTS_STYLE } from "./parts-style.ts";

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#2450b8"/><g fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"><path d="M5 9c1.8-1.6 3.6-1.6 5.3 0s3.6 1.6 5.4 0 2.6-1.4 3.3-1"/><path d="M5 13.5c1.8-1.6 3.6-1.6 5.3 0s3.6 1.6 5.4 0 2.6-1.4 3.3-1" opacity=".75"/><path d="M5 18c1.8-1.6 3.6-1.6 5.3 0s3.6 1.6 5.4 0 2.6-1.4 3.3-1" opacity=".5"/></g></svg>`;

/** A file that pages load. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly text: string;
}

/** All files that pages load. They are part of the program: no folder is served. */
export const ASSETS: readonly Asset[] = [
  { path: "/assets/page.css", type: "text/css; charset=utf-8", text: `${PAGE_STYLE}${PARTS_STYLE}` },
  { path: "/assets/page.js", type: "text/javascript; charset=utf-8", text: PAGE_SCRIPT },
  { path: "/assets/icon.svg", type: "image/svg+xml", text: ICON },
];

/** Changes with the files, so that browsers may cache them indefinitely. */
export const ASSET_VERSION = createHash("sha256")
  .update(ASSETS.map(({ text }) => text).join(""))
  .digest("hex")
  .slice(0, 10);
