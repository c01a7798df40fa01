// Checks the description of the device: address, user agent and version.

import { BlockList, isIP } from "node:net";
import { member, textOf } from "../json.mjs";
import { headerOf } from "../signature.mjs";
import { anyString, filledString } from "./value-types.mjs";

export function originationIp(node, pointer, ctx) {
  if (!filledString(node, pointer, ctx)) return;
  const family = node.value.includes("%") ? 0 : isIP(node.value);
  if (family === 0)
    ctx.findings.add(
      DIGEST.test(node.value) ? "value-hashed" : "origination-ip-not-literal",
      pointer,
    );
  else if (NOT_PUBLIC.check(node.value, `ipv${family}`))
    ctx.findings.add("origination-ip-not-public", pointer);
}

export function deviceUa(node, pointer, ctx) {
  const { findings, agreed } = ctx;
  if (!anyString(node, pointer, ctx) || node.value === "") return;
  const agent = node.value;
  if (DIGEST.test(agent)) findings.add("value-hashed", pointer);
  else if (agreed.rawUa && isEncoded(agent) && agent.includes("%"))
    findings.add("device-ua-encoded", pointer);
  else if (!agreed.rawUa && !isEncoded(agent)) findings.add("device-ua-raw", pointer);
  else if (!agreed.rawUa && /%25[0-9A-F]{2}/i.test(agent))
    findings.add("device-ua-double-encoded", pointer);
}

export function deviceVer(node, pointer, ctx) {
  if (!anyString(node, pointer, ctx) || node.value === "") return;
  if (!/^.+-[^-]+-[^-]*\d/.test(node.value)) ctx.findings.add("device-ver-shape", pointer);
}

/** Checks device_ua, device_ver and the header User-Agent together. */
export function checkDescription(data, { findings, headers, agreed }) {
  const agent = textOf(member(data, "device_ua"));
  const version = textOf(member(data, "device_ver"));
  if (agent === "" && headerOf(headers, "user-agent") !== "Unknown") findings.add("user-agent", "");
  if (agent === "" && version === "") findings.add("device-undescribed", "/data/device_ver");
  if (agent && version && !agreed.deviceVer) findings.add("device-ver-with-ua", "/data/device_ver");
}

/**
 * Returns the major version of Apple's OS; 0 for other devices, or if the version cannot be read.
 */
export function appleMajor(data) {
  const agent = decoded(textOf(member(data, "device_ua")) ?? "");
  const version = textOf(member(data, "device_ver")) ?? "";
  const found = APPLE_IN_AGENT.exec(agent) ?? APPLE_IN_VERSION.exec(version);
  return found ? Number(found[1]) : 0;
}

/**
 * Accepts the encoding of encodeURIComponent, of PHP's urlencode, and of encodeURI, which keeps the
 * delimiters of a URL.
 */
function isEncoded(agent) {
  const isWhole = /^(?:[A-Za-z0-9\-_.~!*'()+]|%[0-9A-Fa-f]{2})*$/.test(agent);
  return (
    isWhole ||
    (agent.includes("%") && /^(?:[A-Za-z0-9\-_.~!*'()+;/?:@&=$,#]|%[0-9A-Fa-f]{2})*$/.test(agent))
  );
}

function decoded(agent) {
  try {
    return decodeURIComponent(agent.replaceAll("+", " "));
  } catch {
    return agent;
  }
}

// The ranges reserved for documentation are allowed, so that tests need no real address
const NOT_PUBLIC = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["224.0.0.0", 3],
]) {
  NOT_PUBLIC.addSubnet(net, bits, "ipv4");
}
for (const [net, bits] of [
  ["::", 127],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
])
  NOT_PUBLIC.addSubnet(net, bits, "ipv6");

const DIGEST = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/i;
const APPLE_IN_AGENT = /\b(?:iPhone OS|CPU OS|iOS|iPadOS|tvOS)[ /_-]?(\d{1,2})(?!\d)/;
const APPLE_IN_VERSION = /-(?:iOS|iPadOS|tvOS)-(\d{1,2})(?!\d)/i;
