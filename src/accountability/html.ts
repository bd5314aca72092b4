import { contentPolicy, html, type Html } from "#kernel";

export interface Page {
  readonly title: string;
  /** Below the title: of what and when it is. */
  readonly subtitle: string;
  readonly body: readonly Html[];
}

/**
 * A page that stands alone: no script, no font, no picture from anywhere, so that it can be filed
 * and opened in ten years. Readable on paper and at any width.
 */
export function page({ title, subtitle, body }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${contentPolicy(STYLE)}" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>${subtitle}</p>
        </header>
        <main>${body}</main>
      </body>
    </html> `.markup;
}

export interface Column<Row> {
  readonly head: string;
  /** What it shows; `null`: a dash. */
  readonly cell: (row: Row) => Html | string | number | null;
}

/** A table that scrolls by itself where it is wider than the page; a sentence where it is empty. */
export function tableOf<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): Html {
  if (rows.length === 0) return html`<p>${caption}: none.</p>`;
  const heads = columns.map(({ head }) => html`<th scope="col" role="columnheader">${head}</th>`);
  const lines = rows.map((row) => {
    const cells = columns.map(({ head, cell }, at) =>
      at === 0
        ? html`<th scope="row" role="rowheader">${cell(row) ?? "–"}</th>`
        : html`<td role="cell" data-head="${head}">${cell(row) ?? "–"}</td>`,
    );
    return html`<tr role="row">
      ${cells}
    </tr>`;
  });
  // On a narrow page rows become blocks, which would take their roles away.
  return html`<div class="wide" role="region" aria-label="${caption}" tabindex="0">
    <table role="table">
      <caption>
        ${caption}
      </caption>
      <thead role="rowgroup">
        <tr role="row">
          ${heads}
        </tr>
      </thead>
      <tbody role="rowgroup">
        ${lines}
      </tbody>
    </table>
  </div>`;
}

const STYLE = `
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f3f5f8; --ink: #16202c; --page: #fff;
  --held: #0b5d33; --broken: #a3161a; --open: #6b4700; }
@media (prefers-color-scheme: dark) { :root { --line: #465160; --soft: #1d2630; --ink: #e8edf3;
  --page: #10161d; --held: #7fdca6; --broken: #ff9c98; --open: #f2c66d; } }
body { margin: 0 auto; max-width: 72rem; padding: 1rem clamp(1rem, 4vw, 3rem) 4rem;
  font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.5rem 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .5rem; border-top: 2px solid var(--line); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
header p { margin: 0; }
p, li, dd { overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin: 1rem 0; }
.wide:focus-visible { outline: 2px solid currentColor; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--soft); }
tbody th { font-weight: 600; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; }
dt { font-weight: 600; } dd { margin: 0; }
.held { color: var(--held); } .broken { color: var(--broken); } .not-checked { color: var(--open); }
.state { font-weight: 700; white-space: nowrap; }
@media screen and (max-width: 40rem) {
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; }
  table, caption, tbody, tr, tbody th, td { display: block; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; }
  tbody th, td { border: 0; padding: .15rem 0; }
  td::before { content: attr(data-head) ": "; font-weight: 600; } }
@media print { body { max-width: none; padding: 0; } .wide { overflow: visible; } tr { break-inside: avoid; } }
`;

/** Its bytes are those of the hash: nothing may stand around the style. */
const STYLE_ELEMENT: Html = { markup: `<style>${STYLE}</style>` };
