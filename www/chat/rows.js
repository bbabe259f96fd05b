// From entries to rows: who starts a group, where a day begins, what is missing, what is new.
const GROUP_MS_MAX = 5 * 60 * 1000;

// For entries [from, to), then for the outbox items if `to` is the end. `divider` is the
// { offset, seq } of the last entry that was read, or null.
export function rowsOf(timeline, items, { from, to, divider, me }) {
  const rows = [];
  const { entries } = timeline;
  let previous = entries[from - 1];
  let lastAt = entries.slice(0, from).findLast(({ at }) => at)?.at;
  let divided = !divider || (previous && isAfter(previous, divider));
  for (let i = from; i < to; i++) {
    const entry = entries[i];
    const { kind, seq, at } = entry;
    const day = at && (!lastAt || new Date(lastAt).toDateString() !== new Date(at).toDateString());
    if (day) rows.push({ kind: 'day', key: `day:${seq}`, at });
    lastAt = at || lastAt;
    const gap = timeline.gapBefore(i);
    if (gap) rows.push({ kind: 'hole', key: `hole:${gap.after}`, gap });
    const fresh = !divided && kind === 'message' && isAfter(entry, divider);
    if (fresh) rows.push({ kind: 'fresh', key: 'fresh' });
    divided ||= fresh;
    const head = Boolean(day || gap || fresh) || !continues(previous, entry);
    rows.push({ kind, key: `entry:${seq}`, entry, head });
    previous = entry;
  }
  for (const item of to < entries.length ? [] : items) {
    const entry = { ...item, ...me, kind: 'message', mine: true };
    rows.push({ kind: 'message', key: item.id, entry, head: !continues(previous, entry) });
    previous = entry;
  }
  return rows;
}

function continues(previous, entry) {
  if (previous?.kind !== 'message' || entry.kind !== 'message') return false;
  if (previous.action || entry.action || previous.name !== entry.name) return false;
  // One's own connection changes with every reload.
  if (!previous.mine !== !entry.mine) return false;
  if (!entry.mine && previous.client !== entry.client) return false;
  return !entry.at || !previous.at || Math.abs(entry.at - previous.at) < GROUP_MS_MAX;
}

function isAfter(entry, { offset, seq }) {
  if (entry.mine) return false;
  return entry.offset !== null && offset !== null ? entry.offset > offset : entry.seq > seq;
}
