import { command } from "../command.ts";

export const doctor = command({
  name: "doctor",
  summary: "Check the promises on the live store, with canaries that it erases again.",
  flags: {
    subject: {
      type: "string",
      value: "name",
      help: "Also look for this person's memories on the disk; the reading is logged",
    },
  },

  async run(cli, { subject }) {
    const { runDoctor } = await import("../doctor/run-doctor.ts");
    return runDoctor(cli, subject ?? null);
  },
});
