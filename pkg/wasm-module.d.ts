/** The compiled WebAssembly, as Cloudflare Workers import it; see `kochava-edge/init`. */
declare const module: WebAssembly.Module;
export default module;
