// Writes the wasm of the npm package as a JavaScript module, for the entry without a file beside it.
//
//   node tools/inline-wasm.mjs WASM MODULE

import { readFileSync, writeFileSync } from "node:fs";

const [wasm, module] = process.argv.slice(2);
writeFileSync(
  module,
  `// The bytes of kochava_edge_bg.wasm.\nexport const base64 =\n  "${readFileSync(wasm, "base64")}";\n`,
);
