// Baseline: a naive mapping in JavaScript, without filters, checks or warnings.

export default {
  async fetch(request) {
    const results = JSON.parse(await request.text()).map((event) => ({
      fate: "ready",
      requests: [requestOf(event)],
      warnings: [],
    }));
    return new Response(JSON.stringify({ results }), {
      headers: { "content-type": "application/json" },
    });
  },
};

function requestOf(event) {
  const { event_properties: properties, user_properties: user } = event;
  const data = {
    event_name: event.event_type,
    usertime: Math.floor(Date.parse(`${event.event_time.replace(" ", "T")}Z`) / 1_000),
    app_version: event.version_name,
    device_ver: "",
    device_ua: encodeURIComponent(user.user_agent ?? ""),
    origination_ip: event.ip_address,
    device_ids: Object.fromEntries(
      Object.entries({ idfa: event.idfa, idfv: user.idfv, adid: user.adid }).filter(([, id]) => id),
    ),
    event_data: {
      sum: properties.$revenue,
      name: properties.name,
      level: properties.level,
      duration: properties.duration,
      content_id: properties.content_id,
      plan: user.plan,
    },
  };
  const body = {
    action: "event",
    kochava_app_id: event.platform === "iOS" ? "koios" : "koandroid",
    kochava_device_id: user.kochava_device_id ?? "",
    data,
  };
  return {
    kind: "event",
    method: "POST",
    url: "https://control.kochava.com/track/json",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
}
