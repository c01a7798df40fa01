// Speaks the inspector's protocol with workerd.
// https://chromedevtools.github.io/devtools-protocol/tot/

/**
 * Opens the inspector at this address → { call, on, close }. `call(method, params)` returns a promise
 * of the result; `on(method, listener)` hears of events. An answer that is an error rejects.
 */
export async function openInspector(url) {
  const socket = new WebSocket(url);
  const waiting = new Map();
  const listeners = new Map();
  let calls = 0;
  socket.onmessage = ({ data }) => {
    const { id, result, error, method, params } = JSON.parse(data);
    listeners.get(method)?.(params);
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(`the inspector answered: ${error.message}`));
    else resolve?.(result);
  };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error(`no inspector at ${url}`));
  });
  return {
    call: (method, params = {}) =>
      new Promise((resolve, reject) => {
        calls += 1;
        waiting.set(calls, { resolve, reject });
        socket.send(JSON.stringify({ id: calls, method, params }));
      }),
    on: (method, listener) => listeners.set(method, listener),
    close: () => socket.close(),
  };
}
