// How is the stand-in started by hand?

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export async function main(args, startKochava) {
  const options = read(args);
  if (options.help) return void console.log(HELP);
  try {
    const kochava = await startKochava(options);
    console.log(`a stand-in for Kochava listens on ${kochava.url}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => kochava.close());
  } catch (error) {
    fail(error.message);
  }
}

function read(args) {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help) return { help: true };
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new Error("--port wants a number from 0 to 65535");
    return {
      port,
      host: values.host,
      apiKey: values["api-key"],
      secret: values.secret,
      strict: values.strict,
      script: values.script === undefined ? [] : JSON.parse(readFileSync(values.script, "utf8")),
      told: {
        rawUa: values["raw-ua"],
        millis: values.millis,
        deviceVer: values["device-ver"],
        customIds: values["custom-id"],
      },
      print: values.quiet ? () => {} : console.log,
    };
  } catch (error) {
    return fail(error.message);
  }
}

function fail(sentence) {
  console.error(`${sentence}\n\n${HELP}`);
  process.exit(2);
}

const OPTIONS = {
  port: { type: "string", default: "8788" },
  host: { type: "string", default: "127.0.0.1" },
  "api-key": { type: "string" },
  secret: { type: "string" },
  script: { type: "string" },
  strict: { type: "boolean", default: false },
  "raw-ua": { type: "boolean", default: false },
  millis: { type: "boolean", default: false },
  "device-ver": { type: "boolean", default: false },
  "custom-id": { type: "string", multiple: true, default: [] },
  quiet: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
};

const HELP = `node sim/server.mjs [options]

  --port N          where to listen (8788; 0 takes any free port)
  --host ADDRESS    on which address (127.0.0.1)
  --api-key KEY     check signatures with this API key
  --secret SECRET   and this secret; both or neither
  --script FILE     a JSON list of steps: how to answer, one step a request
  --strict          answer {"success":"0"} to what the guide forbids
  --raw-ua          it is agreed that device_ua is sent raw
  --millis          it is agreed that usertime has 13 digits
  --device-ver      it is agreed that device_ver is sent beside device_ua
  --custom-id NAME  an id that Kochava has provisioned; may be repeated
  --quiet           no line a request
  --help            this text`;
