import { html, NO_HTML, type Html } from "#kernel";

import type {
  AccessShown,
  ConsentShown,
  DisclosureShown,
  MemoryRecord,
  RequestShown,
  RestrictionShown,
  SourceRecord,
} from "../shapes.ts";
import { THIRD_PERSON, type Withheld } from "../withhold.ts";
import { count, day, facts, moment, words } from "./page.ts";
import { basisText, conditionText, withheldText } from "./texts.ts";

const KINDS: Readonly<Record<MemoryRecord["kind"], string>> = {
  memory: "remembered",
  derived: "inferred",
  block: "put together for the assistant",
  edge: "a link between two memories",
};

const ROLES: Readonly<Record<NonNullable<MemoryRecord["role"]>, string>> = {
  user: "you",
  assistant: "the assistant",
  system: "the system",
  tool: "a tool",
};

export function showMemory(record: MemoryRecord): Html {
  const { id, kind, content, categories, special, health, stored, said, changed } = record;
  const tags = [
    ...categories.map(words),
    ...(special ? ["specially protected"] : []),
    ...(health ? ["health information"] : []),
  ];
  return html`<article id="${id}">
    <h3>${moment(said ?? stored)} <span>${KINDS[kind]}</span> <span>${tags.join(", ")}</span></h3>
    ${content === null ? NO_HTML : html`<p class="said" dir="auto">${content}</p>`}${held(record.withheld)}
    ${facts([
      ["Kept for", purposesText(record.purposes)],
      [
        "Kept until",
        record.keptUntil === null ? "as long as that needs it" : day(record.keptUntil),
      ],
      ["Comes from", comesFrom(record)],
      ["Given to", record.recipients.join(", ")],
      ["Stored", said === null ? null : day(stored)],
      ["Corrected", record.revision > 1 ? day(changed) : null],
      ["More", dataOf(record.metadata)],
      ["Name it as", html`<code>${id}</code>`],
    ])}
  </article> `;
}

function purposesText(purposes: MemoryRecord["purposes"]): Html {
  return html`${purposes.map(({ purpose, basis, condition }, at) => {
    const because = [basisText(basis), conditionText(condition)].filter((text) => text !== null);
    return html`${at > 0 ? "; " : ""}${words(purpose)}${
      because.length > 0 ? html`, because of ${because.join(" and ")}` : NO_HTML
    }`;
  })}`;
}

function comesFrom({
  role,
  speaker,
  source,
  kind,
  madeFrom,
  madeBy,
  conversation,
  withheld,
}: MemoryRecord): string {
  const from: string[] = [];
  if (kind !== "memory") {
    from.push(`made from ${count(madeFrom.length, "memory", "memories")}`);
    if (madeBy !== null) from.push(`by “${words(madeBy)}”`);
    if (madeFrom.length > 0) from.push(`(${madeFrom.join(", ")})`);
  }
  const others = withheld.some(({ reason }) => reason === THIRD_PERSON.reason);
  const teller = speaker ?? (role === null ? null : ROLES[role]);
  const spoke = others && kind === "memory" ? "another person" : teller;
  if (spoke !== null) from.push(`said by ${spoke}`);
  if (conversation !== null) from.push(`in conversation ${conversation}`);
  if (source !== null) from.push(`through ${source.system} (${source.event})`);
  return from.join(" ");
}

function held(withheld: readonly Withheld[]): Html {
  return html`${withheld.map(
    ({ field, reason, law }) =>
      html`<p class="held">
        ${withheldText(reason)}, in <code dir="auto">${field}</code>: held, and not
        shown${law === null ? "" : ` (${law})`}.
      </p> `,
  )}`;
}

export function showConsent(record: ConsentShown): Html {
  const { purpose, granted, explicit, collected, validUntil, evidence } = record;
  const said = granted ? "You agreed" : "You took your consent back";
  return html`<article>
    <h3>${moment(collected)}</h3>
    <p>${said}: <strong>${words(purpose)}</strong>${granted && explicit ? ", explicitly" : ""}.</p>
    ${facts([
      ["Until", validUntil === null ? null : day(validUntil)],
      ["How", words(record.mechanism)],
      ["Privacy notice", record.notice],
      ["Language", record.language],
      ["From the address", evidence.ipAddress],
      ["With the program", evidence.userAgent],
    ])}
    ${held(record.withheld)}
  </article> `;
}

export function showRestriction({ purpose, ground, since }: RestrictionShown): Html {
  return html`<article>
    <h3>since ${moment(since)}</h3>
    <p>${purpose === null ? "For every purpose" : words(purpose)}: ${words(ground)}.</p>
  </article> `;
}

const USES: Readonly<Record<string, string>> = {
  retrieve: "was shown memories",
  export: "was given a copy",
  remember: "stored memories",
  link: "linked memories",
  deny: "was refused",
  "request.read": "read a request of yours, and its letters",
  disclose: "gave memories to a recipient",
  "disclose.failed": "tried to give memories to a recipient",
};

export function showAccess({ at, what, who, purpose, recipient, memories }: AccessShown): Html {
  const acted = rolesText(who);
  return html`<tr>
    <td class="time">${moment(at)}</td>
    <td>
      <strong dir="auto">${whoText(who)}</strong>${acted}
      ${USES[what] ?? words(what)}${
        purpose === null ? outsideText(who, what) : `, for ${words(purpose)}`
      }${recipient === null ? "" : `: ${recipient}`}.
    </td>
    <td>${memoriesText(memories) ?? "–"}</td>
  </tr>`;
}

export function frameAccesses(rows: readonly Html[]): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Uses">
    <table class="stack">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Who did what</th>
          <th scope="col">Memories</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`;
}

/** What somebody is for this use: who answers for the data does not act as the application. */
function rolesText({ kind, name, roles }: AccessShown["who"]): string {
  const said = roles.filter((role) => role !== kind && role !== name);
  const own = said.length > 1 ? said.filter((role) => role !== "app") : said;
  return own.length > 0 ? `, as ${own.map(words).join(" and ")}` : "";
}

/** Uses outside of a conversation serve no purpose of the company's. */
function outsideText({ kind }: AccessShown["who"], what: string): string {
  if (kind === "you" || what === "deny") return "";
  return ", for your rights or a duty of the company";
}

function whoText({ kind, name }: AccessShown["who"]): string {
  if (kind === "you") return "You";
  if (kind === "system") return "The memory itself";
  if (kind === "staff") return name === null ? "A member of staff" : capital(name);
  const what = kind === "app" ? "The application" : "The agent";
  return name === null || name === kind ? what : `${what} “${name}”`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Ids enough to look one up; the rest is in the file beside. */
const IDS_MAX = 3;

function memoriesText(ids: readonly string[]): Html | null {
  if (ids.length === 0) return null;
  if (ids.length === 1) return html`<code>${ids[0]!}</code>`;
  const shown = ids
    .slice(0, IDS_MAX)
    .map((id, at) => html`${at > 0 ? ", " : ""}<code>${id}</code>`);
  const rest = ids.length - IDS_MAX;
  return html`${count(ids.length, "memory", "memories")}:
  ${shown}${rest > 0 ? `, and ${rest} more in the file beside this page` : ""}`;
}

export function showDisclosure(record: DisclosureShown): Html {
  const { at, outcome, recipient, country, purpose, basis, categories, questions } = record;
  return html`<article>
    <h3>${moment(at)}</h3>
    <p>
      <strong dir="auto">${recipient}</strong>${country === null ? "" : ` (${country})`}:
      ${outcome === "given" ? "was given" : "was to be given; it may have got"}
      ${categories.map(words).join(", ") || "data"}.
    </p>
    ${facts([
      ["For", purpose === null ? null : words(purpose)],
      ["Because of", basisText(basis)],
      ["As", record.role === null ? null : words(record.role)],
      ["Contract", record.contract],
      ["Your questions", questions === 0 ? null : String(questions)],
      ["Memories", memoriesText(record.memories)],
    ])}
  </article> `;
}

export function showRequest({ right, state, received, due, closed }: RequestShown): Html {
  return html`<article>
    <h3>${moment(received)}</h3>
    <p><strong>${right === null ? "A request" : words(right)}</strong>: ${words(state)}.</p>
    ${facts([
      ["Answer due", due === null || closed !== null ? null : day(due)],
      ["Closed", closed === null ? null : day(closed)],
    ])}
  </article> `;
}

export function showSourceRecord(record: SourceRecord): Html {
  const { collection, id, category, data, withheld } = record;
  return html`<article>
    <h3>
      <span dir="auto">${collection}</span> <span>${words(category)}</span>
      <code dir="auto">${id}</code>
    </h3>
    ${facts(Object.entries(data).map(([name, value]) => [name, valueText(value)]))}
    ${held(withheld)}
  </article> `;
}

function dataOf(metadata: MemoryRecord["metadata"]): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${words(name)}: ${String(value)}`)
    .join("; ");
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "–";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
