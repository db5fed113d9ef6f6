// The control of the scripted server, over HTTP.

/** Returns what asks the control at this URL. Connections that break do so `pause` seconds after their last byte, if that is given. */
export function controlled(url, pause) {
  const ask = async (method, path, body) => {
    const answer = await fetch(url + path, { method, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) {
      throw new Error(`the scripted server says ${answer.status}: ${text}`);
    }
    return text === "" ? undefined : JSON.parse(text);
  };
  return {
    begin: (script) => ask("POST", "/cases", { ...script, pause }),
    show: (id) => ask("GET", `/cases/${id}`),
    end: (id) => ask("DELETE", `/cases/${id}`),
  };
}
