import { contentPolicy } from "#kernel";

/** The look of every page. It stands in each, so that one page alone is readable too. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #fff; --ink: #1d1c1a; --soft: #5d5a54; --line: #e2ded5;
  --accent: #14594c; --tint: #e9f1ee; --warn: #7a3d00; --warn-tint: #fbf0e2;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151513; --card: #1d1d1a; --ink: #edeae3; --soft: #aaa69c; --line: #34332e;
    --accent: #7fcdb8; --tint: #1c2c28; --warn: #f0b878; --warn-tint: #2f2416;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header, main, footer { width: min(47.5rem, 100% - 2.5rem); margin: 0 auto; }
header { padding-top: 1.5rem; }
main { padding-bottom: 3rem; }
h1, h2, h3 { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, ui-serif, Georgia, serif; line-height: 1.2; font-weight: 600; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 5vw, 2.6rem); margin: 1.5rem 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.45rem; margin: 3rem 0 .75rem; }
h3 { font-size: 1.08rem; margin: 1.5rem 0 .4rem; }
p, ul, ol, dl { margin: 0 0 1rem; }
p, li { max-width: 42rem; text-wrap: pretty; }
li { margin-bottom: .35rem; }
a { color: var(--accent); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; padding: .5rem 1rem; background: var(--card); }
.lead { font-size: 1.15rem; color: var(--soft); }
.soft { color: var(--soft); font-weight: 400; }
th .soft { font-size: .92rem; }
.stack td:last-child { min-width: 15rem; }
td.time { white-space: nowrap; color: var(--soft); }
nav.pages { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; padding: .6rem 0; border-block: 1px solid var(--line); font-size: .95rem; }
nav.pages .next { margin-inline-start: auto; }
.note { padding: .9rem 1.1rem; border-radius: .6rem; background: var(--tint); margin: 1.5rem 0; }
.note p:last-child { margin: 0; }
.note strong { color: var(--accent); }
.note.warn { background: var(--warn-tint); }
.note.warn strong { color: var(--warn); }
.scroll { overflow-x: auto; margin: 0 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .95rem; }
caption { text-align: start; color: var(--soft); padding-bottom: .4rem; }
th, td { text-align: start; vertical-align: top; padding: .6rem 1rem .6rem 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 500; }
td.number, th.number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bad { color: var(--warn); font-weight: 600; }
article { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.1rem 1.25rem; margin: 1rem 0; break-inside: avoid; content-visibility: auto; contain-intrinsic-size: auto 13rem; }
article h3 { margin: 0 0 .6rem; font: 500 .85rem/1.4 system-ui, sans-serif; color: var(--soft); display: flex; flex-wrap: wrap; gap: 0 .9rem; }
.said { font-size: 1.06rem; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; margin: 0 0 .8rem; }
.held { color: var(--warn); font-style: italic; margin: 0 0 .8rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.1rem; margin: 0; font-size: .9rem; }
dl.facts dt { color: var(--soft); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: plaintext; text-align: start; }
code { font: .88em/1.5 ui-monospace, "SF Mono", Consolas, monospace; overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); padding-block: 1.25rem 3rem; color: var(--soft); font-size: .9rem; }
@media (max-width: 34rem) {
  .stack thead { position: absolute; clip-path: inset(50%); height: 1px; overflow: hidden; }
  .stack, .stack tbody, .stack tr, .stack td { display: block; padding: 0; border: 0; }
  .stack tr { padding: .7rem 0; border-bottom: 1px solid var(--line); }
  dl.facts { grid-template-columns: 1fr; gap: 0; }
  dl.facts dd { margin-bottom: .45rem; }
  article { padding: 1rem; }
}
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --accent: #000; --tint: #fff; --warn: #000; --warn-tint: #fff; }
  body { font-size: 10.5pt; }
  header, main, footer { width: auto; }
  nav.pages, .skip { display: none; }
  article, .note { border: 1px solid var(--line); border-radius: 0; }
  h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; }
  .scroll { overflow: visible; }
}
`;

export const CONTENT_POLICY = contentPolicy(STYLE);
