import { html, NO_HTML, type Html } from "#kernel";
import { durationText } from "#policy";

import type { Processing, Summary } from "../processing.ts";
import type { Written } from "../section.ts";
import { day, facts, page, words, type Shell } from "./page.ts";
import { basisText, conditionText, FAILURES, RIGHTS, withheldText } from "./texts.ts";

export interface Overview {
  readonly summary: Summary;
  readonly processing: Processing;
  readonly sections: readonly Written[];
}

/** The page that a person opens first: all of it, and where each part is. @source GDPR Art. 15 */
export function overviewPage(shell: Shell, overview: Overview): string {
  const { summary, sections } = overview;
  const { externalId } = summary.person;
  const from = shell.controller === null ? NO_HTML : html` by <bdi>${shell.controller}</bdi>`;
  const body = html`<h1>Your personal data</h1>
    <p class="lead">
      Everything that is held about
      ${externalId === null ? "you" : html`<bdi>${externalId}</bdi>`}${from}, on
      ${day(summary.made)}.
    </p>
    ${stateNote(overview)}
    <h2 id="contents">What is here</h2>
    ${contents(sections)} ${withheldPart(sections)} ${purposesPart(overview)}
    ${recipientsPart(overview)} ${wherePart(overview)} ${rightsPart(overview)}
    ${aboutPart(sections)}`;
  return page(shell, { title: "Your personal data", body });
}

function stateNote({ sections }: Overview): Html {
  const missing = sections.filter(({ failed }) => failed !== null);
  if (missing.length === 0) {
    return html`<div class="note">
      <p>
        <strong>Complete.</strong> Every system that may hold data about you was asked, and
        answered.
      </p>
    </div>`;
  }
  return html`<div class="note warn" role="status">
    <p>
      <strong>Not complete.</strong> ${
        missing.length === 1 ? "One system" : `${missing.length} systems`
      }
      did not give everything. Your request stays open until they have.
    </p>
    <ul>
      ${missing.map(({ title, failed }) => html`<li><span dir="auto">${title}</span>: ${FAILURES[failed!] ?? "it failed"} (<code>${failed!}</code>)</li>`)}
    </ul>
  </div>`;
}

function contents(sections: readonly Written[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col">Part</th>
          <th scope="col" class="number">Records</th>
        </tr>
      </thead>
      <tbody>
        ${sections.map(
          ({ name, title, about, records, parts, failed }) =>
            html`<tr>
              <th scope="row">
                ${
                  parts === 0
                    ? html`<span dir="auto">${title}</span>`
                    : html`<a href="report/${name}-0001.html">${title}</a>`
                }<br /><span class="soft">${about}</span>
              </th>
              <td class="number">
                ${
                  records === 0 ? "none" : records.toLocaleString("en-GB")
                }${failed === null ? NO_HTML : html`<br /><span class="bad">not complete</span>`}
              </td>
            </tr> `,
        )}
      </tbody>
    </table>
  </div>`;
}

function withheldPart(sections: readonly Written[]): Html {
  const rows = sections.flatMap(({ title, withheld }) =>
    [...withheld].map(([reason, times]) => ({ title, reason, times })),
  );
  if (rows.length === 0) return NO_HTML;
  return html`<h2>What is held, and not shown</h2>
    <p>
      Each place says so, with the article that it rests on. You may ask for it to be looked at
      again.
    </p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Where</th>
            <th scope="col" class="number">Times</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ title, reason, times }) =>
              html`<tr>
                <th scope="row" dir="auto">${withheldText(reason)}</th>
                <td dir="auto">${title}</td>
                <td class="number">${times}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>`;
}

function purposesPart({ processing: { purposes, categories } }: Overview): Html {
  const used = purposes.filter(({ memories }) => memories > 0);
  return html`<h2>Why it is kept, and for how long</h2>
    ${
      used.length === 0
        ? html`<p>Nothing that is remembered about you is kept for any purpose.</p>`
        : html`<div class="scroll">
            <table>
              <thead>
                <tr>
                  <th scope="col">Purpose</th>
                  <th scope="col">Because of</th>
                  <th scope="col">Kept for</th>
                  <th scope="col" class="number">Memories</th>
                </tr>
              </thead>
              <tbody>
                ${used.map((each) => {
                  const because = [basisText(each.basis), conditionText(each.condition)];
                  return html`<tr>
                    <th scope="row">${words(each.purpose)}</th>
                    <td>${because.filter((text) => text !== null).join("; ") || "–"}</td>
                    <td>
                      ${each.keptFor === null ? (each.keptBecause ?? "as long as it is needed") : durationText(each.keptFor)}
                    </td>
                    <td class="number">${each.memories.toLocaleString("en-GB")}</td>
                  </tr> `;
                })}
              </tbody>
            </table>
          </div>`
    }
    ${
      categories.length === 0
        ? NO_HTML
        : html`<p>
            Kinds of data:
            ${categories.map(({ category, memories }) => `${words(category)} (${memories.toLocaleString("en-GB")})`).join(", ")}.
          </p>`
    }`;
}

function recipientsPart({
  processing: { recipients, safeguards, cameFrom, region },
}: Overview): Html {
  return html`<h2>Who may receive it</h2>
    ${
      recipients.length === 0
        ? html`<p>Nobody outside of the company.</p>`
        : html`<p>
              These work for the company, or receive data from it. What each was given, and when, is
              in the part “Who was given your data”.
            </p>
            <div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th scope="col">Recipient</th>
                    <th scope="col">As</th>
                    <th scope="col">Country</th>
                    <th scope="col">Keeps it for</th>
                  </tr>
                </thead>
                <tbody>
                  ${recipients.map(
                    ({ recipient, name, role, country, keepsIt, trainsOnIt }) =>
                      html`<tr>
                        <th scope="row" dir="auto">${name ?? recipient}</th>
                        <td>${words(role)}${trainsOnIt ? "; trains models on it" : ""}</td>
                        <td>${country}</td>
                        <td>${keepsIt}</td>
                      </tr> `,
                  )}
                </tbody>
              </table>
            </div>`
    }
    <p>It is kept in the region <strong>${region}</strong>.</p>
    ${
      safeguards.length === 0
        ? NO_HTML
        : html`<p>What goes elsewhere rests on:</p>
            <ul>
              ${safeguards.map(({ to, mechanism, document, expires }) => html`<li>${to}: ${words(mechanism)}, document ${document}, until ${expires}</li>`)}
            </ul>`
    }
    ${
      cameFrom === null
        ? NO_HTML
        : html`<p>
            It was moved here from the region <strong>${cameFrom.region}</strong>, under
            ${words(cameFrom.mechanism)} (document ${cameFrom.document}):
            ${
              cameFrom.lost
                ? html`<strong>it was found lost on ${day(cameFrom.at)}</strong>`
                : day(cameFrom.at)
            }.
          </p>`
    }`;
}

function wherePart({ processing: { automatedDecisions } }: Overview): Html {
  return html`<h2>Where it comes from</h2>
    <p>
      Every memory says who told it and through which system. What was inferred says from which
      memories it was made, and by what.
    </p>
    <h2>Decisions by machines</h2>
    <p>${automatedDecisions}</p>`;
}

function rightsPart({ processing: { controller, officer, representative } }: Overview): Html {
  return html`<h2>What you may ask for</h2>
    <ul>
      ${RIGHTS.map(([right, text]) => html`<li><strong>${right}.</strong> ${text}</li> `)}
    </ul>
    ${contactPart("Whom to ask", controller)} ${contactPart("Data protection officer", officer)}
    ${contactPart("Representative in the Union", representative)}`;
}

function contactPart(title: string, contact: Processing["controller"]): Html {
  if (contact === null) return NO_HTML;
  const { name, email, phone, address, website } = contact;
  return html`<h3>${title}</h3>
    <p dir="auto"><strong>${name}</strong></p>
    ${facts([
      ["E-mail", email],
      ["Telephone", phone],
      ["Address", address],
      ["Website", website],
    ])}`;
}

function aboutPart(sections: readonly Written[]): Html {
  const portable = sections.some(({ portableParts }) => portableParts > 0);
  return html`<h2>This package</h2>
    <ul>
      <li>
        <code>data</code> holds the same records for machines, one JSON object a line;
        <code>schemas</code> says what each field means.
      </li>
      ${portable ? html`<li><code>portable</code> holds what you gave, as linked data (JSON-LD), for another service.</li>` : NO_HTML}
      <li>
        <code>checksums.txt</code> names every file with its SHA-256:
        <code>sha256sum -c checksums.txt</code>. <code>manifest.note</code> is signed over it:
        <code>oubli verify --package</code> checks both, without asking anybody.
      </li>
    </ul>`;
}
