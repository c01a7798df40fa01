// Advice about one reason as lines for people.

/**
 * @param {import("../index.d.ts").Advice | undefined} advice `undefined` of what is no event
 * @returns {string[]}
 */
export function adviceLines(advice) {
  if (advice === undefined) return [];
  const { settings, candidates, block, patch } = advice;
  const nearest = block === null ? "" : `; block ${block} comes nearest`;
  return [
    ...(settings.length > 0 ? [`decided by ${listOf(settings)}${nearest}`] : []),
    ...candidates.map(
      ({ setting, path, why, certain, value }) =>
        `${certain ? "try" : "perhaps"} ${setting} = ${JSON.stringify(value)}: ${path}, ${why}`,
    ),
    ...patch.map(({ path, value }) => `to send it: ${path} = ${JSON.stringify(value)}`),
  ];
}

/** `a`, `a or b`, `a, b or c`. */
function listOf(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
