// The languages that can be chosen.

export function listLanguages(list, languages) {
  list.replaceChildren(...languages.map(({ code, name }) => {
    const option = new Option(name, code);
    option.lang = code;
    return option;
  }));
}
