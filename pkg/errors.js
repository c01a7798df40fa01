// The error classes of the package. Their codes are stable.

/** Settings that cannot work, with all their faults. */
export class SettingsError extends Error {
  constructor(faults) {
    super(
      faults.map(({ path, message }) => (path ? `\`${path}\`: ${message}` : message)).join("\n"),
    );
    this.name = "SettingsError";
    this.code = "settings";
    this.faults = faults;
  }
}

/** An input that is no batch. */
export class UnreadableError extends Error {
  constructor({ code, message, offset }) {
    super(message);
    this.name = "UnreadableError";
    this.code = code;
    this.offset = offset;
  }
}

/** A wrong argument, or a mapper that was freed. */
export class InputError extends TypeError {
  constructor(code, message) {
    super(message);
    this.name = "InputError";
    this.code = code;
  }
}

export function wrongType(message) {
  return new InputError("wrong-type", message);
}

/** A fault of this package or of its host, not of its caller. */
export class InternalError extends Error {
  constructor(code, message, cause) {
    super(message, { cause });
    this.name = "InternalError";
    this.code = code;
  }
}

/**
 * The error for anything else that the wasm throws. It throws a `TypeError` for bytes that were
 * transferred away while it copied them, and traps when its memory cannot grow or it panics.
 *
 * @param {string | undefined} place where the wasm panicked, if it did
 */
export function unexpected(cause, place) {
  if (cause instanceof InputError) return cause;
  if (place !== undefined)
    return new InternalError("panic", `kochava-edge panicked at ${place}; please report it`, cause);
  const [code, message] =
    cause instanceof TypeError
      ? ["wrong-type", "the bytes cannot be read"]
      : ["out-of-bounds", "there is not enough memory for the input"];
  return Object.assign(new InputError(code, message), { cause });
}
