/** Colours, type and the frame of every page: light and dark by what the reader's system prefers. */
export const PAGE_STYLE = `:root {
  color-scheme: light dark;
  --ground: light-dark(#f7f7f5, #14161a);
  --raised: light-dark(#ffffff, #1c1f25);
  --sunken: light-dark(#f1f1ee, #171a1f);
  --line: light-dark(#e2e2dd, #2d323b);
  --strong-line: light-dark(#8b8c88, #6f7785);
  --text: light-dark(#1d1f23, #e6e8ec);
  --faint: light-dark(#5b5f66, #a3abb8);
  --accent: light-dark(#2450b8, #8fb0ff);
  --on-accent: light-dark(#ffffff, #10131a);
  --good: light-dark(#17643a, #7fd6a2);
  --good-ground: light-dark(#e3f4e9, #16301f);
  --busy: light-dark(#1d4f91, #92c1ff);
  --busy-ground: light-dark(#e4eefb, #172a42);
  --ask: light-dark(#7a4a00, #f2c071);
  --ask-ground: light-dark(#fdf0d8, #372a10);
  --bad: light-dark(#a11c2b, #ff9aa4);
  --bad-ground: light-dark(#fce7e9, #3d181d);
  --rest: light-dark(#50545c, #b5bcc8);
  --rest-ground: light-dark(#ecedef, #272b33);
  --unknown: light-dark(#5f3a92, #cdb2f5);
  --unknown-ground: light-dark(#f0e9fa, #2b2039);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  --round: 10px;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
.inner { width: min(76rem, 100%); margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
.narrow { max-width: 34rem; }
h1, h2, h3 { line-height: 1.25; font-weight: 650; text-wrap: balance; letter-spacing: -0.01em; }
h1 { font-size: 1.75rem; margin: 0.25rem 0 0.5rem; }
h2 { font-size: 1.2rem; margin: 0 0 0.75rem; }
h3 { font-size: 0.95rem; margin: 1.5rem 0 0.5rem; }
p { margin: 0.4rem 0; }
a { color: var(--accent); text-underline-offset: 0.15em; text-decoration-thickness: 1px; }
a:hover { text-decoration-thickness: 2px; }
code, pre, .log { font-family: var(--mono); font-size: 0.875em; }
/* A name with bidirectional control characters affects only itself. */
code, del, ins, strong, .what { unicode-bidi: isolate; }
.faint { color: var(--faint); }
.lead { font-size: 1.05rem; max-width: 60rem; margin-bottom: 1.5rem; }
.bad { color: var(--bad); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
main:focus { outline: none; }
main { padding-block: 1.75rem 3rem; min-height: 70vh; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; background: var(--raised); padding: 0.5rem 1rem; border-radius: 6px; z-index: 2; }
.skip:focus { top: 0.5rem; }
.top { background: var(--raised); border-bottom: 1px solid var(--line); }
.top .inner { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 3.75rem; padding-block: 0.4rem; }
.brand { display: inline-flex; align-items: center; gap: 0.6rem; font-weight: 650; color: var(--text); text-decoration: none; letter-spacing: -0.01em; }
.top nav { min-width: 0; }
.line { display: flex; justify-content: end; align-items: center; gap: 0.75rem; flex-wrap: wrap; }
.who { font-size: 0.9rem; }
footer { padding-block: 1rem 2rem; font-size: 0.875rem; }
.crumbs { font-size: 0.9rem; margin: 0; }
.byline { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; }
.columns > .wide { grid-column: 1; grid-row: 1; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 2rem; align-items: start; }
.columns > aside { grid-column: 2; position: sticky; top: 1rem; display: grid; gap: 1rem; }
aside section, .wide > section, main > section {
  background: var(--raised);
  border: 1px solid var(--line);
  border-radius: var(--round);
  padding: 1.25rem 1.4rem;
  margin-bottom: 1.25rem;
}
aside section { margin: 0; padding: 1rem 1.2rem; }
aside section:empty { display: none; }
.jump { display: flex; gap: 0.35rem 1.25rem; flex-wrap: wrap; margin: 0 0 1.25rem; font-size: 0.95rem; }
.facts { margin: 0; display: grid; gap: 0.7rem; }
.facts div { min-width: 0; }
.facts dt { font-size: 0.8rem; color: var(--faint); }
.facts dd { margin: 0; }
main > .facts, main > div > .facts { grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); margin-bottom: 1.5rem; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1rem; }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: var(--round); padding: 1.2rem 1.4rem; }
.card-head, .target-head h1 { display: flex; flex-wrap: wrap; gap: 0.4rem 0.9rem; align-items: center; }
.card-head h2 { margin: 0; }
.card-head h2 a { color: inherit; text-decoration: none; }
.card-head h2 a:hover { text-decoration: underline; }
.card .message { max-width: 60rem; }
.card .facts { grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.75rem 1.5rem; margin-top: 0.9rem; padding-top: 0.9rem; border-top: 1px solid var(--line); font-size: 0.92rem; }
.card-head .next { margin-left: auto; }
.card .running { margin: 0.3rem 0; }
@media (max-width: 60rem) {
  .columns { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .columns > .wide { grid-row: auto; }
  .columns > aside { position: static; grid-column: 1; margin-bottom: 1.25rem; }
  aside .facts { grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); }
  .card .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media (max-width: 32rem) {
  h1 { font-size: 1.45rem; }
  .top .who .faint { display: none; }
  .top button, .top .button { padding: 0.35rem 0.7rem; font-size: 0.88rem; }
  aside .facts { font-size: 0.92rem; }
  .card-head { margin-bottom: 0.5rem; }
  .wide > section, main > section, .card { padding: 1rem; }
  .card .facts { grid-template-columns: minmax(0, 1fr); gap: 0.5rem; }
  .card .facts div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); align-items: baseline; }
  .card-head .next { margin-left: 0; width: 100%; text-align: center; }
}
@media print {
  .top, .jump, form, .skip { display: none; }
}
`;
