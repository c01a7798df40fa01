// A collector of findings.

import { RULES } from "./rules.mjs";

export function newFindings() {
  const found = [];
  return {
    add(code, pointer, expected) {
      const { severity, message } = RULES[code];
      found.push({
        code,
        pointer,
        message: expected ? `${message}, expected ${expected}` : message,
        severity,
      });
    },
    has: (code) => found.some((one) => one.code === code),
    at: (pointer) => found.some((one) => one.pointer === pointer),
    // an object with another finding is not reported as a list in PHP, too
    list: () =>
      found.filter(
        (one) =>
          one.code !== "object-becomes-list" ||
          found.every((other) => other === one || other.pointer !== one.pointer),
      ),
  };
}
