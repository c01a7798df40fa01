// The application of every case: it plans an event without an address and shows the code of the rule
// that it breaks (docs/reasons.md).

export const MAIN = "kochava-edge";
export const INLINE = "kochava-edge/inline";
export const FOUND = "origination-ip-missing";

const SETTINGS =
  '{ app_guid: "koexample", mapping: { kochava_device_id: "kd", origination_ip: "ip", idfv: "idfv" } }';
/** An expression with the code. */
export const CODE = `new Mapper(${SETTINGS}).plan('{"event_type":"a"}').fates[0].violations[0].code`;

/** Imports the package and gives the code to an expression. */
export const app = (use, entry = MAIN) => `import { Mapper } from "${entry}";\n${use(CODE)}\n`;
/** The same as CommonJS. */
export const common = (use, entry = MAIN) =>
  `const { Mapper } = require("${entry}");\n${use(CODE)}\n`;
export const print = (code) => `console.log(${code});`;
export const title = (code) => `document.title = ${code};`;
export const post = (code) => `self.postMessage(${code});`;

export const PAGE = '<!doctype html><title></title><script type="module" src="./app.js"></script>';
export const CLASSIC_PAGE = '<!doctype html><title></title><script src="./app.js"></script>';
/** Starts a worker and shows what it posts. */
export const withWorker = (url, options = "") =>
  `const worker = new Worker(${url}${options});\nworker.onmessage = ({ data }) => (document.title = data);\n`;

/**
 * @typedef {{ tool: string, what: string, entry?: string, needs?: string, isHeavy?: boolean,
 *   install?: string[], files: Record<string, string>, build?: string[], run?: string[],
 *   page?: string, policy?: string, dev?: string[] }} Case
 *   `needs`: the configuration, if the package does not work untouched; `isHeavy`: run by `make
 *   toolchains` only; `install`: from the registry, beside the package; `build`: commands; `run`: a
 *   command that prints the code; `page`: a folder whose index.html has it as its title, served
 *   under the Content-Security-Policy `policy`; `dev`: a server whose page has it
 */
