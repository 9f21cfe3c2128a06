/** Styles of the parts of a page: badges, buttons and forms, changes, tables, steps. */
export const PARTS_STYLE = `.badge {
  display: inline-flex;
  align-items: center;
  gap: 0.4em;
  padding: 0.16rem 0.65rem 0.16rem 0.5rem;
  border-radius: 999px;
  font-size: 0.82rem;
  font-weight: 600;
  letter-spacing: 0;
  line-height: 1.4;
  white-space: nowrap;
  vertical-align: 0.08em;
}
.badge .sign { font-weight: 800; width: 1em; text-align: center; }
.badge.good { color: var(--good); background: var(--good-ground); }
.badge.busy { color: var(--busy); background: var(--busy-ground); }
.badge.ask { color: var(--ask); background: var(--ask-ground); }
.badge.bad { color: var(--bad); background: var(--bad-ground); }
.badge.rest { color: var(--rest); background: var(--rest-ground); }
.badge.unknown { color: var(--unknown); background: var(--unknown-ground); }
.tag { font-size: 0.78rem; font-weight: 600; padding: 0.1rem 0.5rem; border-radius: 5px; background: var(--ask-ground); color: var(--ask); }
.tag.bad { background: var(--bad-ground); color: var(--bad); }
.count { display: inline-block; min-width: 1.6em; padding: 0 0.45em; border-radius: 999px; background: var(--rest-ground); color: var(--rest); font-size: 0.85em; text-align: center; }
.done-message, .problem { padding: 0.7rem 1rem; border-radius: 8px; background: var(--good-ground); color: var(--good); }
.problem { background: var(--bad-ground); color: var(--bad); }
.running { color: var(--busy); font-weight: 550; }
.pulse { display: inline-block; width: 0.6rem; height: 0.6rem; margin-right: 0.55rem; border-radius: 50%; background: var(--busy); }
@media (prefers-reduced-motion: no-preference) {
  .pulse { animation: pulse 1.8s ease-in-out infinite; }
  @keyframes pulse { 50% { opacity: 0.25; } }
}
button, .button {
  display: inline-block;
  font: inherit;
  font-size: 0.95rem;
  font-weight: 550;
  line-height: 1.3;
  padding: 0.5rem 0.95rem;
  border-radius: 8px;
  border: 1px solid var(--strong-line);
  background: var(--raised);
  color: var(--text);
  text-decoration: none;
  cursor: pointer;
}
button:hover, .button:hover { border-color: var(--text); }
button.main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
button.danger { background: var(--bad-ground); border-color: var(--bad); color: var(--bad); }
button:disabled { background: var(--rest-ground); border-color: var(--line); color: var(--rest); cursor: not-allowed; }
.why { font-size: 0.9rem; color: var(--faint); margin-top: 0.4rem; }
label { display: block; font-size: 0.9rem; font-weight: 550; margin: 0.6rem 0 0.25rem; }
input:not([type="checkbox"], [type="hidden"]), select {
  font: inherit;
  width: 100%;
  padding: 0.48rem 0.65rem;
  border: 1px solid var(--strong-line);
  border-radius: 8px;
  background: var(--ground);
  color: var(--text);
}
form button { margin-top: 0.7rem; }
.line button { margin: 0; }
fieldset { border: 1px solid var(--line); border-radius: 8px; margin: 0.5rem 0; padding: 0.4rem 0.9rem 0.7rem; }
legend { font-size: 0.9rem; font-weight: 550; padding: 0 0.3rem; }
.check { font-weight: 400; display: flex; align-items: center; gap: 0.5rem; min-height: 1.75rem; }
.check input { width: 1.1rem; height: 1.1rem; }
.decision { background: var(--sunken); border: 1px solid var(--line); border-radius: 8px; padding: 0.6rem 1rem 1rem; margin: 0.9rem 0; }
.decision .more, aside .more { margin-top: 0.9rem; }
.more > summary { cursor: pointer; color: var(--accent); font-size: 0.95rem; padding: 0.2rem 0; }
.counts { display: inline-flex; flex-wrap: wrap; gap: 0.4rem; }
.counted { font-weight: 600; font-size: 0.9rem; padding: 0.1rem 0.6rem; border-radius: 6px; background: var(--rest-ground); color: var(--rest); }
.counted.add { background: var(--good-ground); color: var(--good); }
.counted.change { background: var(--busy-ground); color: var(--busy); }
.counted.replace, .counted.destroy { background: var(--bad-ground); color: var(--bad); }
.group { margin-top: 1.5rem; }
.group h3 { margin-bottom: 0; }
.group.by-drift, .group.by-both { border-left: 3px solid var(--ask); padding-left: 1rem; }
.delta { border: 1px solid var(--line); border-radius: 8px; margin: 0.5rem 0; background: var(--ground); }
.delta.harsh { border-color: var(--bad); }
.delta summary { display: grid; grid-template-columns: 2.2rem minmax(0, 1fr) auto 1rem; align-items: baseline; gap: 0.2rem 0.6rem; padding: 0.55rem 0.9rem; cursor: pointer; list-style: none; }
.delta summary::-webkit-details-marker { display: none; }
.delta summary::after { content: "▸"; grid-column: 4; grid-row: 1; text-align: right; color: var(--faint); }
.delta[open] summary::after { content: "▾"; }
.delta .what code { font-weight: 650; }
.delta .sign { font: 700 0.9rem var(--mono); }
.delta.add .sign { color: var(--good); }
.delta.edit .sign { color: var(--busy); }
.delta.destroy .sign, .delta.harsh .sign { color: var(--bad); }
.delta .body { padding: 0 0.9rem 0.8rem; border-top: 1px solid var(--line); font-size: 0.94rem; }
table { width: 100%; border-collapse: collapse; font-size: 0.94rem; }
td:has(> time:only-child), td:has(> a > time) { white-space: nowrap; }
th { text-align: left; font-weight: 550; }
thead th, td > .badge, td > code[title], td > a > code[title] { white-space: nowrap; }
td > .name { display: inline-block; min-width: 8.5em; }
thead th { font-size: 0.8rem; color: var(--faint); padding: 0 0.9rem 0.35rem 0; border-bottom: 1px solid var(--line); }
td, tbody th { min-width: 7em; vertical-align: top; padding: 0.5rem 0.9rem 0.5rem 0; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
td > p { margin: 0 0 0.35rem; }
.fields { margin: 0.5rem 0; }
.fields th { width: 30%; font-weight: 500; }
.fields th, .fields td { padding-block: 0.3rem; }
del, ins { font-family: var(--mono); font-size: 0.875em; text-decoration: none; padding: 0.05rem 0.3rem; border-radius: 4px; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
del { background: var(--bad-ground); color: var(--bad); text-decoration: line-through; text-decoration-thickness: 1px; }
ins { background: var(--good-ground); color: var(--good); }
.arrow { color: var(--faint); }
.file { margin: 0.7rem 0; }
pre { margin: 0.4rem 0; padding: 0.6rem 0; border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; background: var(--raised); line-height: 1.5; }
pre span { display: block; width: max-content; min-width: 100%; padding: 0 0.9rem; white-space: pre; overflow-wrap: normal; }
pre .add { background: var(--good-ground); color: var(--good); }
pre .destroy { background: var(--bad-ground); color: var(--bad); }
pre .place { color: var(--faint); }
.picture { margin: 1rem 0 0.3rem; padding: 0.5rem; border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; background: var(--ground); }
.picture img { display: block; max-width: max(100%, 46rem); height: auto; }
.steps { padding-left: 1.6rem; margin: 0; }
.steps li { padding: 0.25rem 0; }
.steps .skipped, .steps .cancelled { color: var(--faint); }
.progress { color: var(--busy); margin: 0.1rem 0; font-size: 0.92rem; }
.remarks, .diagnostics { padding-left: 1.2rem; margin: 0.4rem 0; }
.diagnostics { list-style: none; padding: 0; }
.diagnostics li { padding: 0.8rem 0; border-bottom: 1px solid var(--line); }
.diagnostics li:last-child { border: 0; }
.plain { list-style: none; padding: 0; margin: 0.4rem 0; }
.entry + .entry { border-top: 1px solid var(--line); padding-top: 0.7rem; margin-top: 0.7rem; }
.track { list-style: none; display: flex; flex-wrap: wrap; gap: 0.4rem; padding: 0; margin: 0.7rem 0; font-size: 0.88rem; }
.track li { padding: 0.15rem 0.7rem; border-radius: 999px; border: 1px solid var(--line); color: var(--faint); }
.track .done { background: var(--good-ground); color: var(--good); border-color: transparent; }
.track .now { background: var(--busy); color: var(--raised); border-color: transparent; font-weight: 650; }
.track .stopped { background: var(--bad-ground); color: var(--bad); border-color: var(--bad); font-weight: 650; }
.log { list-style: none; margin: 0.6rem 0 0; padding: 0.7rem 0.9rem; background: var(--sunken); border-radius: 8px; max-height: 22rem; overflow-y: auto; }
@media (max-width: 40rem) {
  .delta summary { grid-template-columns: 1.8rem minmax(0, 1fr) 1rem; padding-inline: 0.7rem; }
  .delta summary::after { grid-column: 3; }
  .delta summary .tag { grid-column: 2; justify-self: start; }
  table:not(.fields), table:not(.fields) :is(tbody, tr, td) { display: block; width: auto; }
  table:not(.fields) thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table:not(.fields) tr { padding: 0.6rem 0; border-bottom: 1px solid var(--line); }
  table:not(.fields) td { border: 0; padding: 0.12rem 0 0.12rem 6.5rem; position: relative; min-height: 1.75em; }
  table:not(.fields) td::before { content: attr(data-label); position: absolute; left: 0; width: 6rem; color: var(--faint); font-size: 0.85rem; }
  .fields :is(th, td) { display: block; width: auto; }
  .fields th { border: 0; padding-bottom: 0; }
}
`;
