// `--summary`: the counts of fates, findings or deliveries and of their codes, without the rows.

import { summaryLines } from "./table.mjs";

/**
 * @param {import("./summary.mjs").FateSummary | import("./summary.mjs").CheckSummary |
 *   import("./summary.mjs").DeliverySummary} summary
 * @param {import("./output.mjs").Output} output
 * @param {"table" | "ndjson"} shape
 */
export async function printSummary(summary, output, shape) {
  if (shape === "table") return output.print(summaryLines(output, summary).slice(1));
  const reasons = summary.reasons.map(([kind, count, code]) => ({ kind, code, count }));
  const line = JSON.stringify({ total: summary.total, ...summary.counts, reasons });
  await output.writeJson(Buffer.from(`${line}\n`));
}
