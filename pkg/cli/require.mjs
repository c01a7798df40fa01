// Commander and cli-progress are CommonJS: bundled, they still ask for Node's own modules by `require`, which an ES module lacks. Imported before
// them, this gives it to them.

import { createRequire } from "node:module";

globalThis.require ??= createRequire(import.meta.url);
