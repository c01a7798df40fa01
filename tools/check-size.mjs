// Checks what a deployment would upload, as far as that is possible without an account, and its
// size.

import { measureUpload } from "./upload.mjs";

// Cloudflare takes 3 MB on the free plan.
const GZIP_KIB_MAX = 500;

const { line, kibibytes } = measureUpload();
console.log(`${line} (at most ${GZIP_KIB_MAX} KiB)`);
if (kibibytes > GZIP_KIB_MAX) {
  console.error(
    `the upload is too large: ${kibibytes} KiB gzip, at most ${GZIP_KIB_MAX} KiB wanted`,
  );
  process.exit(1);
}
