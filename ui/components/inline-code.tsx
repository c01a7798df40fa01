// A sentence in which text between backticks is shown as code.

export function InlineCode({ text }: { text: string }) {
  const parts = text.split("`");
  return (
    <>{parts.map((part, number) => (number % 2 === 1 ? <code key={number}>{part}</code> : part))}</>
  );
}
