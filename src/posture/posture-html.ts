import { page, tableOf } from "#accountability";
import { html, type Html } from "#kernel";

import type { Facts, Finding, State } from "./control.ts";
import type { LoggedPosture, RowState } from "./run-posture.ts";

const WORDS: Readonly<Record<State, string>> = {
  held: "held",
  broken: "BROKEN",
  "not-checked": "not checked",
};

/** A posture as a page: what is broken first, then every promise, then every control. */
export function postureHtml({ posture, digest, auditIndex }: LoggedPosture): string {
  const { findings, rows, packs, region, startedAt, endedAt, policy } = posture;
  const broken = findings.filter(({ state }) => state === "broken");
  const seconds = ((endedAt - startedAt) / 1000).toFixed(1);
  return page({
    title: "Posture",
    subtitle:
      `Region ${region}, checked ${new Date(startedAt).toISOString()} in ${seconds} s; ` +
      `ledger entry ${auditIndex}.`,
    body: [
      html`<p>
        <strong>${posture.held}</strong> promises held, <strong>${posture.broken}</strong> broken,
        <strong>${posture.notChecked}</strong> not checked. Policy <code>${policy}</code>, report
        <code>${digest}</code>.
      </p>`,
      html`<h2>What is broken</h2>`,
      broken.length === 0
        ? html`<p>Nothing that was checked.</p>`
        : tableOf("Broken controls", broken, [
            { head: "Control", cell: ({ title }) => title },
            { head: "Promises", cell: (one) => one.rows.join(", ") },
            { head: "Seen", cell: evidenceOf },
          ]),
      html`<h2>Promises</h2>`,
      tableOf("Each promise, by the controls that show it", rows, [
        { head: "Row", cell: ({ row }) => row },
        { head: "State", cell: ({ state }) => stateHtml(state) },
        { head: "Promise", cell: ({ promise }) => promise },
        { head: "Controls checked", cell: checkedOf },
      ]),
      html`<h2>Laws in force</h2>`,
      tableOf("Rules of each law", packs, [
        { head: "Rule", cell: ({ rule }) => rule },
        { head: "Law", cell: ({ profile }) => profile },
        { head: "State", cell: ({ state }) => stateHtml(state) },
        { head: "Source", cell: ({ source }) => source },
        { head: "Shown by", cell: ({ controls }) => controls.join(", ") || "nothing yet" },
      ]),
      html`<h2>Controls</h2>`,
      tableOf("Each control, with what was seen", findings, [
        {
          head: "Control",
          cell: ({ title, control }) => html`${title}<br /><code>${control}</code>`,
        },
        { head: "State", cell: ({ state }) => stateHtml(state) },
        { head: "Promises", cell: (one) => one.rows.join(", ") },
        { head: "Evidence", cell: evidenceOf },
        { head: "At", cell: ({ at }) => at },
      ]),
    ],
  });
}

function stateHtml(state: State): Html {
  return html`<span class="state ${state}">${WORDS[state]}</span>`;
}

function checkedOf({ checked, controls }: RowState): string {
  return `${checked} of ${controls.length}`;
}

function evidenceOf({ says, facts }: Finding): Html {
  return html`${says}<br /><code>${factsText(facts)}</code>`;
}

export function factsText(facts: Facts): string {
  return Object.entries(facts)
    .map(([name, value]) => `${name}: ${value ?? "none"}`)
    .join("; ");
}
