// What can be chosen: languages, and cameras where there are several.

// Only what has changed: a list that is open would close.
export function listCameras(camera, byId) {
  const list = byId("cameras");
  const known = [...list.options].map(({ value, text }) => value + text);
  byId("which").hidden = camera.all.length < 2;
  if (String(known) !== String(camera.all.map(({ id, label }) => id + label))) {
    list.replaceChildren(...camera.all.map(({ id, label }) => new Option(label, id)));
  }
  if (camera.state === "on" && document.activeElement !== list) list.value = camera.used;
}

export function listLanguages(list, languages) {
  list.replaceChildren(...languages.map(({ code, name }) => {
    const option = new Option(name, code);
    option.lang = code;
    return option;
  }));
}
