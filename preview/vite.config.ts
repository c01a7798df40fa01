import { defineConfig, type Plugin } from "vite";
import { thirdPartyNotices } from "../tools/third-party-plugin.mjs";

export default defineConfig({
  root: import.meta.dirname,
  // relative, so that the built page runs in any folder of any static host
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // the samples and the schema of the settings are outside this folder
  server: { fs: { allow: [".."] } },
  // pre-bundling would separate the module from its wasm
  optimizeDeps: { exclude: ["kochava-edge"] },
  plugins: [fetchMapperAtOnce(), thirdPartyNotices("This page", "THIRD-PARTY.txt")],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // the Content-Security-Policy does not allow `data:`
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});

/** Preloads the mapper and its wasm beside the page, since the first result waits for both. */
function fetchMapperAtOnce(): Plugin {
  return {
    name: "fetch-mapper-at-once",
    transformIndexHtml: {
      order: "post",
      handler(_, { bundle }) {
        const files = Object.values(bundle ?? {});
        const mapper = files.find(
          (file) =>
            file.type === "chunk" && file.facadeModuleId?.includes("/node_modules/kochava-edge/"),
        );
        const wasm = files.find(({ fileName }) => fileName.endsWith(".wasm"));
        const links = [
          { file: mapper, attrs: { rel: "modulepreload", crossorigin: true } },
          {
            file: wasm,
            attrs: { rel: "preload", as: "fetch", type: "application/wasm", crossorigin: true },
          },
        ];
        return links.flatMap(({ file, attrs }) =>
          file === undefined
            ? []
            : [
                {
                  tag: "link",
                  attrs: { ...attrs, href: `./${file.fileName}` },
                  injectTo: "head" as const,
                },
              ],
        );
      },
    },
  };
}
