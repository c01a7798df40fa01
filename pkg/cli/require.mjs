// `require` for the bundled CommonJS dependencies.
//
// commander and cli-progress are CommonJS and load Node's modules with `require`, which an ES
// module does not have. Imported before them.

import { createRequire } from "node:module";

globalThis.require ??= createRequire(import.meta.url);
