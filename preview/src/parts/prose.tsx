// A sentence in which `this` is code.

export function Prose({ text }: { text: string }) {
  const parts = text.split("`");
  return (
    <>{parts.map((part, number) => (number % 2 === 1 ? <code key={number}>{part}</code> : part))}</>
  );
}
