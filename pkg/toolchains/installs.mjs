// What is installed from the npm registry: once for all cases that share it.

export const VITE_8 = "8.3.8";
export const VITE_7 = "7.3.8";

/** Of the cases that `make test` runs. */
export const LIGHT = [
  `vite@${VITE_8}`,
  "rollup@4.68.8",
  "@rollup/plugin-node-resolve@16.0.3",
  "esbuild@0.28.2",
  "vitest@5.1.1",
  "jest@30.5.2",
  "jest-environment-jsdom@30.5.2",
];

/** Of those that only `make toolchains` runs. */
export const HEAVY = [
  `vite@${VITE_7}`,
  "webpack@5.113.0",
  "webpack-cli@7.3.1",
  "next@16.4.6",
  "react@19.3.1",
  "react-dom@19.3.1",
];
