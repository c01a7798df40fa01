// Writes ZIP archives for tests, field by field as PKWARE's APPNOTE.TXT lists them.

import { crc32, deflateRawSync } from "node:zlib";

const u16 = (number) => Buffer.from(Uint16Array.of(number).buffer);
const u32 = (number) => Buffer.from(Uint32Array.of(number).buffer);
const u64 = (number) => Buffer.from(BigUint64Array.of(BigInt(number)).buffer);

/**
 * @param {Record<string, string | Uint8Array>} files
 * @param {{ method?: number, flags?: number, isLarge?: boolean, hasDescriptors?: boolean,
 *   crc?: number, comment?: string }} options `method`: 0 stored, 8 deflated; `isLarge`: with the fields of ZIP64 (4.5.3);
 *   `hasDescriptors`: sizes stand behind the data, as when it is written to a pipe (4.3.9)
 */
export function zipOf(
  files,
  { method = 8, flags = 0, isLarge = false, hasDescriptors = false, crc, comment = "comment" } = {},
) {
  const parts = [];
  const list = [];
  let at = 0;
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    const data = method === 8 ? deflateRawSync(bytes) : bytes;
    const sum = crc ?? crc32(bytes);
    const flag = flags | (hasDescriptors ? 8 : 0);
    const kind = [u16(20), u16(flag), u16(method), u32(0)];
    const sizes = [u32(sum), u32(data.length), u32(bytes.length)];
    const local = Buffer.concat([
      Buffer.from("504b0304", "hex"),
      ...kind,
      ...(hasDescriptors ? [u32(0), u32(0), u32(0)] : sizes),
      u16(Buffer.byteLength(name)),
      u16(4),
      Buffer.from(name),
      u16(0xcafe),
      u16(0),
      data,
      ...(hasDescriptors ? [Buffer.from("504b0708", "hex"), ...sizes] : []),
    ]);
    const extra = isLarge
      ? Buffer.concat([u16(1), u16(24), u64(bytes.length), u64(data.length), u64(at)])
      : Buffer.alloc(0);
    const none = u32(0xffffffff);
    list.push(
      Buffer.concat([
        Buffer.from("504b0102", "hex"),
        u16(20),
        ...kind,
        ...(isLarge ? [u32(sum), none, none] : sizes),
        u16(Buffer.byteLength(name)),
        u16(extra.length),
        u16(3),
        u16(0),
        u16(0),
        u32(0),
        isLarge ? none : u32(at),
        Buffer.from(name),
        extra,
        Buffer.from("abc"),
      ]),
    );
    parts.push(local);
    at += local.length;
  }
  const listed = Buffer.concat(list);
  const count = list.length;
  const end64 = Buffer.concat([
    Buffer.from("504b0606", "hex"),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(listed.length),
    u64(at),
    Buffer.from("504b0607", "hex"),
    u32(0),
    u64(at + listed.length),
    u32(1),
  ]);
  return Buffer.concat([
    ...parts,
    listed,
    ...(isLarge ? [end64] : []),
    Buffer.from("504b0506", "hex"),
    u16(0),
    u16(0),
    u16(isLarge ? 0xffff : count),
    u16(isLarge ? 0xffff : count),
    u32(isLarge ? 0xffffffff : listed.length),
    u32(isLarge ? 0xffffffff : at),
    u16(comment.length),
    Buffer.from(comment, "latin1"),
  ]);
}
