// What a line of the wasm's `planNdjson` tells of each event, by the numbers of pkg/src/mapper.rs.
//
// `fate`: its fate. `named`: `[name, fate, bytes]`, its name as the sender spells it or `null`, its
// fate, and the bytes of all its bodies. `brief`: the same, and of each request only the kind. A
// line that cannot be read has its fate alone in every form.

export const LINE_FORMS = Object.freeze({ fate: 0, named: 1, brief: 2 });
