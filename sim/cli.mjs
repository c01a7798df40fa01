// The command line of the stand-in: options, help and errors.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export async function main(args, startKochava) {
  const options = parse(args);
  if (options.help) return void console.log(HELP);
  try {
    const kochava = await startKochava(options);
    console.log(`stand-in for Kochava listening on ${kochava.url}`);
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => kochava.close());
  } catch (error) {
    fail(error.message);
  }
}

function parse(args) {
  try {
    const { values } = parseArgs({ args, options: OPTIONS });
    if (values.help) return { help: true };
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new Error("--port must be a number from 0 to 65535");
    return {
      port,
      host: values.host,
      apiKey: values["api-key"],
      secret: values.secret,
      strict: values.strict,
      script: values.script === undefined ? [] : JSON.parse(readFileSync(values.script, "utf8")),
      agreed: {
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

function fail(message) {
  console.error(`${message}\n\n${HELP}`);
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

  --port N          port to listen on (default 8788; 0: any free port)
  --host ADDRESS    address to listen on (default 127.0.0.1)
  --api-key KEY     API key to verify signatures with; requires --secret
  --secret SECRET   app secret to verify signatures with; requires --api-key
  --script FILE     JSON list of steps that answer one request each
  --strict          answer {"success":"0"} to calls that break the guide
  --raw-ua          expect device_ua without URL encoding
  --millis          expect usertime in milliseconds (13 digits)
  --device-ver      accept device_ver beside device_ua
  --custom-id NAME  accept this device id; may be repeated
  --quiet           print no log lines
  --help            print this help`;
