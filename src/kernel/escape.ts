/** Control characters, line breaks, and marks that turn the direction of text. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Somebody's text on one line: it cannot pose as a heading, another field, or a mail's header. */
export function oneLine(text: string): string {
  return text.replaceAll(UNSEEN, " ").replaceAll(/ {2,}/g, " ").trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What {@link escapeHtml} changes. Most texts have none of it, and are not copied. */
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[&<>"'\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

/** In text and in quoted attributes. A control character is shown by its picture: ␀, ␛. */
export function escapeHtml(text: string): string {
  if (text.isWellFormed() && !SPECIAL.test(text)) return text;
  return (
    text
      .toWellFormed()
      .replaceAll("\r\n", "\n")
      .replaceAll(/[&<>"']/g, (mark) => ENTITIES[mark]!)
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, (mark) =>
        String.fromCodePoint(0x2400 + mark.codePointAt(0)!),
      )
      .replaceAll(/[\u007f-\u009f]/g, "\u2421")
  );
}
