// Puts the whole text of an editor on paper: CodeMirror draws only the lines that are in view.

const CHARS_MAX = 200_000;

/** Adds the text beside its editor while the page is printed. */
export function printWhole(selector: string, text: () => string): void {
  const paper = document.createElement("pre");
  paper.className = "print-text";
  addEventListener("beforeprint", () => {
    const all = text();
    paper.textContent =
      all.length > CHARS_MAX
        ? `${all.slice(0, CHARS_MAX)}\n… (${all.length - CHARS_MAX} more characters)`
        : all;
    document.querySelector(selector)?.after(paper);
  });
  addEventListener("afterprint", () => paper.remove());
}
