import { openOubli } from "#engine";
import { isOubliError } from "#kernel";

/**
 * A process of its own: opens a store where its parent made that hard, tries to work, and prints as
 * JSON what it met. Arguments: the folder, and what to remember.
 */
const [folder, content] = process.argv.slice(2) as [string, string];

const purposes = {
  support: { basis: "contract", categories: ["preference"], retention: "P2Y" },
} as const;

async function work(): Promise<object> {
  const store = { store: `sqlite:${folder}/data`, root: `${folder}/root` };
  const regions = { eu: { jurisdictions: ["*"], ...store } };
  const oubli = await openOubli({ purposes, regions }, { sweep: "manual" });
  const chat = (await oubli.subject("ada")).session({ purpose: "support" });
  let stored = 0;
  try {
    for (let at = 0; at < 200; at += 1) {
      await chat.remember(`${content} ${at} ${"x".repeat(20_000)}`);
      stored += 1;
    }
    return { stored };
  } catch (error) {
    return { stored, ...told(error) };
  }
}

function told(error: unknown): object {
  if (!isOubliError(error)) return { raw: String(error) };
  return { code: error.code, text: `${error.message} ${error.stack} ${JSON.stringify(error)}` };
}

const met = await work().catch(told);
process.stdout.write(`${JSON.stringify(met)}\n`);
process.exit();
