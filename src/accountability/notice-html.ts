import { html } from "#kernel";
import { durationText } from "#policy";

import { page, tableOf } from "./html.ts";
import type { NoticeFacts } from "./notice-facts.ts";
import { contactText } from "./record-html.ts";
import { articleOf, articleOfCondition } from "./terms.ts";

/** What people have to be told, as a page: facts for whoever writes the notice. */
export function noticeHtml(facts: NoticeFacts, digest: string): string {
  const { controller, purposes, recipients, transfers, retention, logs } = facts;
  return page({
    title: "What is kept about you, why, and for how long",
    subtitle: `From the live configuration; digest ${digest}.`,
    body: [
      controller === null
        ? html`<p class="broken">Who is responsible is not configured.</p>`
        : html`<p>Responsible: ${controller.name}, ${contactText(controller.contact)}.</p>`,
      controller?.dpo
        ? html`<p>${controller.dpo.name}: ${contactText(controller.dpo.contact)}.</p>`
        : html``,
      html`<h2>Why, and for how long</h2>`,
      tableOf("Purposes", Object.entries(purposes), [
        { head: "Purpose", cell: ([name]) => name },
        { head: "Ground", cell: ([, { basis }]) => ground(basis, articleOf(basis)) },
        {
          head: "Special categories",
          cell: ([, { condition }]) => ground(condition, articleOfCondition(condition)),
        },
        { head: "What", cell: ([, { categories }]) => categories?.join(", ") ?? "nothing" },
        {
          head: "How long",
          cell: ([, { retention: most, retentionJustification }]) =>
            most === null ? retentionJustification : durationText(most),
        },
        { head: "Given to", cell: ([, one]) => one.recipients.join(", ") || "nobody" },
      ]),
      tableOf("Categories that end sooner", Object.entries(retention), [
        { head: "Category", cell: ([category]) => category },
        { head: "At most", cell: ([, most]) => durationText(most) },
      ]),
      html`<p>
        A record of each use is kept for ${logs.auditYears ?? "–"} years; evidence of a consent for
        ${logs.consentDays ?? "–"} days after it last mattered.
      </p>`,
      html`<h2>Who gets it</h2>`,
      tableOf("Recipients", Object.values(recipients), [
        { head: "Recipient", cell: ({ name }) => name },
        { head: "As", cell: ({ role }) => role },
        { head: "Where", cell: ({ region, country }) => `${region}, ${country}` },
        { head: "What", cell: ({ categories }) => categories?.join(", ") ?? "nothing" },
        { head: "Keeps it", cell: ({ keeps }) => keeps },
        { head: "Trains on it", cell: ({ trainsOnData }) => (trainsOnData ? "yes" : "no") },
      ]),
      tableOf("Leaving the region", Object.entries(transfers), [
        { head: "From and to", cell: ([way]) => way.replace(" ", " to ") },
        { head: "Safeguard", cell: ([, mechanism]) => mechanism },
      ]),
    ],
  });
}

function ground(word: string | null, article: string | null): string | null {
  return word && `${word} (${article})`;
}
