/** The command line. What tests of other rooms use of it. */
export {
  missedByControl,
  scanFolders,
  textNeedle,
  vectorNeedle,
  type Hit,
  type Needle,
  type Scan,
} from "./doctor/residue.ts";
