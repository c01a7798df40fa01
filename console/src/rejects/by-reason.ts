// Adds up the groups of rejects that have one reason.

import type { RejectGroup } from "../api/types";

export interface ReasonGroup {
  reason: string;
  count: number;
  first_at: string;
  last_at: string;
  groups: RejectGroup[];
}

export function byReason(groups: readonly RejectGroup[]): ReasonGroup[] {
  const reasons = new Map<string, ReasonGroup>();
  for (const group of groups) {
    const known = reasons.get(group.reason);
    if (known === undefined) reasons.set(group.reason, { ...group, groups: [group] });
    else {
      known.count += group.count;
      known.groups.push(group);
      if (group.first_at < known.first_at) known.first_at = group.first_at;
      if (group.last_at > known.last_at) known.last_at = group.last_at;
    }
  }
  return [...reasons.values()].sort((one, other) => other.count - one.count);
}
