// A room, or one message in it, as the part of the URL behind the #.
// Read: #lobby, #/lobby, #/lobby/1042. Written: #/lobby, #/lobby/1042.
export function readAddress(hash) {
  const [name, offset] = hash.replace(/^#\/?/, '').split('/');
  let room = name;
  try {
    room = decodeURIComponent(name);
  } catch {
    // a lone % stands for itself
  }
  return { room: roomName(room), offset: /^[1-9]\d{0,14}$/.test(offset) ? Number(offset) : null };
}

export function writeAddress(room, offset = null) {
  return `#/${encodeURIComponent(room)}${offset === null ? '' : `/${offset}`}`;
}

// What a person types, made into a room's name: no marks in front, no spaces, no capitals.
export function roomName(typed) {
  return typed.replace(/^[\s#/]+/, '').trim().replace(/[\s/]+/g, '-').toLowerCase().slice(0, 64);
}
