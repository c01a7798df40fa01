import { join } from "node:path";
import { defineConfig } from "vite";
import { thirdPartyNotices } from "../tools/third-party-plugin.mjs";

export default defineConfig({
  root: import.meta.dirname,
  // relative: the page stands beside the preview, whose folder may be any
  base: "./",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // what it looks like is outside this folder
  server: { fs: { allow: [".."] } },
  resolve: {
    // the packed package, as the preview imports it
    alias: { "kochava-edge": join(import.meta.dirname, "../preview/node_modules/kochava-edge") },
  },
  // pre-bundling would separate the module from its wasm
  optimizeDeps: { exclude: ["kochava-edge"] },
  plugins: [thirdPartyNotices("The console", "THIRD-PARTY-CONSOLE.txt")],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    // the Content-Security-Policy does not allow `data:`
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: { input: join(import.meta.dirname, "console.html") },
  },
});
