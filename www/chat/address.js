// A room, or one message in it, as the URL's hash: #lobby, #/lobby, #/lobby/1042.
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
  const name = encodeURIComponent(room.replace(/\p{Cs}/gu, '')); // half a sign would throw
  return offset === null ? `#/${name}` : `#/${name}/${offset}`;
}

export function roomName(typed) {
  return typed.replace(/^[\s#/]+/, '').trim().replace(/[\s/]+/g, '-').toLowerCase().slice(0, 64);
}
