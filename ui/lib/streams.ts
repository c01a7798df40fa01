// Compresses and decompresses bytes with a limit on the output.

/** Returns the output of a stream for `bytes`; throws a RangeError beyond `max` bytes. */
export async function readThrough(
  bytes: BufferSource,
  stream: CompressionStream | DecompressionStream,
  max: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: BlobPart[] = [];
  let length = 0;
  const reader = new Blob([bytes]).stream().pipeThrough(stream).getReader();
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    length += step.value.byteLength;
    if (length > max) {
      await reader.cancel();
      throw new RangeError(`more than ${max} bytes`);
    }
    chunks.push(step.value as BlobPart);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
