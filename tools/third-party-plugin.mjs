// A plugin for Vite: writes the licences of everything that a page is bundled from beside the page.

import { fileURLToPath } from "node:url";
import { notices } from "./third-party.mjs";

const modules = fileURLToPath(new URL("../node_modules/", import.meta.url));

/**
 * @param {string} product what contains the work, as the first words of a sentence
 * @param {string} fileName
 * @returns {import("vite").Plugin}
 */
export function thirdPartyNotices(product, fileName) {
  return {
    name: "third-party-notices",
    generateBundle(_, bundle) {
      const bundled = Object.values(bundle).flatMap((file) =>
        file.type === "chunk" ? file.moduleIds : [],
      );
      // code that the bundler adds itself: "\0vite/…", "\0rolldown/…"
      const own = bundled.flatMap((id) => {
        const bundler = /^\0(vite|rolldown)\//.exec(id)?.[1];
        return bundler ? [`${modules}${bundler}/index.js`] : [];
      });
      this.emitFile({
        type: "asset",
        fileName,
        source: `${notices(product, [...bundled, ...own])}\n`,
      });
    },
  };
}
