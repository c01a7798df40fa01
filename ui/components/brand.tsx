// Mark, name and version at the top of a page.

export function Brand({ version }: { version: string | undefined }) {
  return (
    <h1 class="brand">
      <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 7.5h6.5l3.5 4.5-3.5 4.5H4m10-4.5h6m-3.5-3.5L20 12l-3.5 3.5" />
      </svg>
      <span>kochava-edge</span>
      {version !== undefined && <small>{version}</small>}
    </h1>
  );
}
