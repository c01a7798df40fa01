// An event of no known sender, and the settings that are proposed for it.

export const EVENT = {
  name: "Level Up",
  client_ip: "203.0.113.9",
  device: { kochava: "KA1", gaid: "01234567-89ab-4def-8123-456789abcdef", os: "Android" },
  at: 1767225600,
};

export const SETTINGS = {
  app_guid: "koexample",
  sources: ["generic"],
  mapping: {
    event_name: "name",
    kochava_device_id: "device.kochava",
    origination_ip: "client_ip",
    adid: "device.gaid",
    usertime: "at",
    platform: "device.os",
  },
};
