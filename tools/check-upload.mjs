// Does a deployment pass, as far as it can without an account, and is the upload small enough for a quick cold start?

import { measureUpload } from "./upload.mjs";

const GZIP_KIB_MAX = 220;

const { line, kibibytes } = measureUpload();
console.log(`${line} (at most ${GZIP_KIB_MAX})`);
if (kibibytes > GZIP_KIB_MAX) throw new Error("the upload is too large");
