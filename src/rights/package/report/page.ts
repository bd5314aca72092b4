import { html, NO_HTML, type Html } from "#kernel";

import { CONTENT_POLICY, STYLE } from "./style.ts";

/** What stands around every page. */
export interface Shell {
  /** Who answers for the data; `null` where the configuration does not say. */
  readonly controller: string | null;
  /** When the package was made. */
  readonly made: string;
}

export interface Page {
  readonly title: string;
  readonly nav?: Html;
  readonly body: Html;
}

/** Its bytes are those of the hash: nothing may stand around the style. */
const STYLE_ELEMENT: Html = { markup: `<style>${STYLE}</style>` };

/** A whole page: it needs no other file, runs nothing, and asks nobody. */
export function page({ controller, made }: Shell, { title, nav, body }: Page): string {
  const by = controller === null ? NO_HTML : html`<bdi>${controller}</bdi> · `;
  const document = html`<!doctype html>
    <html lang="en" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${CONTENT_POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>${nav ?? NO_HTML}</header>
        <main id="main">${body}</main>
        <footer>${by}made on ${day(made)} · <code>${made}</code></footer>
      </body>
    </html> `;
  return document.markup;
}

const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
] as const;

/** `2026-11-21T…` as 21 November 2026. */
export function day(time: string): string {
  const [, year, month, date] = /^([+-]?\d+)-(\d\d)-(\d\d)T/.exec(time) ?? [];
  if (year === undefined) return time;
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** The same with the time of day. */
export function moment(time: string): Html {
  return html`<time datetime="${time}">${day(time)}, ${time.slice(-13, -8)} UTC</time>`;
}

/** Facts that there are, one below the other. */
export function facts(rows: readonly (readonly [string, Html | string | null])[]): Html {
  const there = rows.filter(([, value]) => value !== null && value !== "");
  if (there.length === 0) return NO_HTML;
  return html`<dl class="facts">
    ${there.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd dir="auto">${value}</dd> `,
    )}
  </dl>`;
}

/** `standing_order` as a reader would write it. */
export function words(code: string): string {
  return code.replaceAll(/[_-]+/g, " ");
}

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-GB")} ${number === 1 ? one : many}`;
}
