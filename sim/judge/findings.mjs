// What has been found so far?

import { CODES } from "./codes.mjs";

export function newFindings() {
  const found = [];
  return {
    add(code, pointer, want) {
      const { severity, message } = CODES[code];
      found.push({ code, pointer, message: want ? `${message}: want ${want}` : message, severity });
    },
    has: (code) => found.some((one) => one.code === code),
    at: (pointer) => found.some((one) => one.pointer === pointer),
    // That a container becomes a list in PHP is no news where the container itself is already at fault.
    list: () =>
      found.filter(
        (one) =>
          one.code !== "object-becomes-list" ||
          found.every((other) => other === one || other.pointer !== one.pointer),
      ),
  };
}
