// What would Kochava get for this event? Asks the Worker's own POST /preview, which sends nothing.

const element = (id) => document.getElementById(id);
const make = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

element("event").value = JSON.stringify(
  {
    event_type: "Level Up",
    event_time: "2026-03-01 10:23:45.120000",
    platform: "iOS",
    os_version: "18.5",
    ip_address: "203.0.113.9",
    user_properties: { kochava_device_id: "KI-1", idfv: "11111111-2222-4333-8444-555555555555", att_status: "denied" },
  },
  null,
  2,
);

element("form").addEventListener("submit", async (submitted) => {
  submitted.preventDefault();
  const token = element("token").value;
  try {
    const answer = await fetch("preview", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: element("event").value,
    });
    const reply = await answer.json();
    element("result").replaceChildren(...(answer.ok ? reply.fates.map(showFate) : [showError(reply.error.message)]));
  } catch {
    element("result").replaceChildren(showError("The Worker did not answer."));
  }
});

showHealth();

async function showHealth() {
  try {
    const health = await fetch("health").then((answer) => answer.json());
    const isWell = health.faults.length === 0;
    element("health").textContent = isWell ? `Version ${health.version}, everything is set up.` : "Not set up yet:";
    element("health").classList.toggle("bad", !isWell);
    if (!isWell) element("health").after(make("ul", "", ...health.faults.map(({ path, message }) => make("li", "", make("code", path), ` ${message}`))));
  } catch {
    element("health").textContent = "The Worker does not answer.";
    element("health").classList.add("bad");
  }
}

function showError(message) {
  const shown = make("p", message);
  shown.className = "bad";
  return shown;
}

function showFate(fate) {
  const shown = make("article");
  shown.className = fate.fate;
  shown.append(make("h3", "", make("span", fate.fate), fate.message ? `: ${fate.message}` : ""));
  for (const request of fate.requests ?? []) {
    const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
    shown.append(make("pre", [`${request.method} ${request.url}`, ...headers].join("\n")), make("pre", JSON.stringify(JSON.parse(request.body), null, 2)));
  }
  const told = [...(fate.violations ?? []), ...(fate.warnings ?? [])];
  if (told.length > 0) shown.append(make("ul", "", ...told.map(({ code, message }) => make("li", "", make("code", code), ` ${message}`))));
  return shown;
}
