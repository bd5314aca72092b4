import { html, type Html } from "#kernel";
import type { Contact, Controller, Party } from "#policy";

import { page, tableOf } from "./html.ts";
import { dayOf } from "./measures.ts";
import type { Activity, RecordOfProcessing } from "./record.ts";
import type { RegisteredProcessor } from "./register.ts";

/** The record of processing as a page. */
export function recordHtml(record: RecordOfProcessing): string {
  const { madeAt, region, policy, profiles, controller, missing } = record;
  return page({
    title: "Record of processing activities",
    subtitle:
      `GDPR Art. 30. Region ${region}, controller ${record.tenant}, ` +
      `made ${new Date(madeAt).toISOString()} from the live configuration.`,
    body: [
      html`<p>Policy <code>${policy}</code>; laws: ${profiles.join(", ")}.</p>`,
      missing.length === 0 ? html`` : missingHtml(missing),
      html`<h2>Controller</h2>`,
      controller === null ? html`<p>Not configured.</p>` : controllerHtml(controller),
      html`<h2>Purposes and categories</h2>`,
      activitiesHtml(record.activities),
      html`<h2>Time limits for erasure</h2>`,
      limitsHtml(record),
      html`<h2>Recipients</h2>`,
      recipientsHtml(record.recipients),
      systemsHtml(record),
      html`<h2>Transfers out of the region</h2>`,
      transfersHtml(record),
      html`<h2>Security measures</h2>`,
      measuresHtml(record),
      html`<h2>What is held</h2>`,
      heldHtml(record),
      ...processorHtml(record.asProcessor),
    ],
  });
}

function processorHtml(processor: RecordOfProcessing["asProcessor"]): readonly Html[] {
  if (processor === null) return [];
  return [
    html`<h2>As a processor</h2>`,
    html`<p>On behalf of <code>${processor.onBehalfOf}</code>:</p>
      <ul>
        ${processor.processing.map((one) => html`<li>${one}</li>`)}
      </ul>`,
  ];
}

function missingHtml(missing: readonly string[]): Html {
  const items = missing.map((field) => html`<li><code>${field}</code></li>`);
  return html`<p class="broken">The configuration does not say:</p>
    <ul>
      ${items}
    </ul>`;
}

function controllerHtml(controller: Controller): Html {
  const others = (controller.jointControllers ?? []).map((one) => ["Joint controller", one]);
  const parties = [
    ["Controller", controller],
    ...(controller.dpo ? [["Data protection officer", controller.dpo]] : []),
    ...(controller.representative ? [["Representative", controller.representative]] : []),
    ...others,
  ] as [string, Party][];
  return html`<dl>
    ${parties.map(
      ([role, { name, contact }]) =>
        html`<dt>${role}</dt>
          <dd>${name}: ${contactText(contact)}</dd>`,
    )}
    <dt>People</dt>
    <dd>${controller.people?.join(", ") ?? "not said"}</dd>
  </dl>`;
}

export function contactText({ email, phone, address, website }: Contact): string {
  return [email, phone, address, website].filter((one) => one !== undefined).join(", ");
}

function activitiesHtml(activities: readonly Activity[]): Html {
  return tableOf("Purposes", activities, [
    { head: "Purpose", cell: ({ purpose }) => purpose },
    { head: "Basis", cell: ({ basis, article }) => withArticle(basis, article) },
    {
      head: "Condition",
      cell: ({ condition, conditionArticle }) => withArticle(condition, conditionArticle),
    },
    {
      head: "Categories",
      cell: ({ categories }) => categories.map(({ category }) => category).join(", "),
    },
    { head: "Recipients", cell: ({ recipients }) => recipients.join(", ") || "none" },
    { head: "Kept", cell: ({ retention }) => retention ?? "no limit of its own" },
    { head: "Items now", cell: ({ items }) => items },
  ]);
}

function withArticle(word: string | null, article: string | null): string {
  return word === null ? "none" : `${word} (${article})`;
}

function limitsHtml({ categories, logs }: RecordOfProcessing): Html {
  const rows = categories.flatMap(({ category, dpv, fides, special, ends }) =>
    ends.map((end) => ({ category, dpv, fides, special, ...end })),
  );
  return html`${tableOf("Categories", rows, [
      { head: "Category", cell: ({ category }) => category },
      { head: "DPV", cell: ({ dpv }) => dpv },
      { head: "Fideslang", cell: ({ fides }) => fides },
      { head: "Special", cell: ({ special }) => (special ? "yes" : "no") },
      { head: "For", cell: ({ purpose }) => purpose },
      { head: "Kept", cell: ({ retention }) => retention ?? "no limit of its own" },
      { head: "At most", cell: ({ most }) => most },
      { head: "Why without an end", cell: ({ justification }) => justification },
    ])}
    <p>
      The audit log: ${logs.auditYears ?? "–"} years. Evidence of consents:
      ${logs.consentDays ?? "–"} days after they last mattered.
    </p>`;
}

function recipientsHtml(recipients: readonly RegisteredProcessor[]): Html {
  return tableOf("Whoever receives content, or hosts it", recipients, [
    { head: "Recipient", cell: ({ name, processor }) => name ?? processor },
    { head: "Role", cell: ({ role }) => role },
    { head: "Where", cell: ({ region, country }) => `${region}, ${country}` },
    { head: "Address", cell: ({ address }) => address ?? null },
    { head: "Contract", cell: ({ dpa }) => `${dpa.document}, ${dpa.state}` },
    { head: "BAA", cell: ({ baa }) => baa && `${baa.document}, ${baa.state}` },
    { head: "Hosts", cell: ({ hosts }) => hosts.map((one) => one.host).join(", ") || "nothing" },
    { head: "Keeps it", cell: ({ retention }) => retention },
  ]);
}

function systemsHtml({ systems }: RecordOfProcessing): Html {
  return tableOf("Other systems of the application", systems, [
    { head: "System", cell: ({ name }) => name },
    { head: "Region", cell: ({ region }) => region ?? "every" },
    { head: "Run by", cell: ({ processor }) => processor ?? "the controller" },
    { head: "Its backups last", cell: ({ backupsEnd }) => backupsEnd },
  ]);
}

function transfersHtml({ transfers }: RecordOfProcessing): Html {
  return tableOf("Standing authorisations", transfers, [
    { head: "To", cell: ({ to }) => to },
    { head: "Safeguard", cell: ({ mechanism }) => mechanism },
    { head: "Document", cell: ({ document }) => document },
    { head: "Approved by", cell: ({ approver }) => approver },
    { head: "Until", cell: ({ expires }) => expires },
    { head: "Categories", cell: ({ categories }) => categories?.join(", ") ?? "all" },
  ]);
}

function measuresHtml({ measures }: RecordOfProcessing): Html {
  return tableOf("In use here", measures, [
    { head: "Measure", cell: ({ measure }) => measure },
    { head: "What it does", cell: ({ says }) => says },
    {
      head: "Read here",
      cell: ({ facts }) =>
        Object.entries(facts)
          .map(([name, value]) => `${name}: ${value ?? "none"}`)
          .join("; "),
    },
  ]);
}

function heldHtml({ holds }: RecordOfProcessing): Html {
  const text = `Items by category (${holds.nodes} in all; one of several is counted in each)`;
  return tableOf(text, holds.byCategory, [
    { head: "Category", cell: ({ category }) => category },
    { head: "Items", cell: ({ nodes }) => nodes },
    { head: "People at least", cell: ({ peopleAtLeast }) => peopleAtLeast },
    { head: "Without an end", cell: ({ withoutEnd }) => withoutEnd },
    { head: "Oldest", cell: ({ oldest }) => dayOf(oldest) },
    { head: "First end", cell: ({ firstEnd }) => dayOf(firstEnd) },
  ]);
}
