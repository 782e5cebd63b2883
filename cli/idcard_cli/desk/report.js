// The tally as a table, to read and to print.

const COLUMNS = ["month", "place", "says", "codes"];

export function showReport(body, { tally, problem }, words) {
  body.replaceChildren(...tally.map((row) => {
    const line = document.createElement("tr");
    line.append(...COLUMNS.map((name) => {
      const cell = document.createElement("td");
      const value = document.createElement("bdi");
      value.textContent = row[name];
      cell.append(value);
      return cell;
    }));
    return line;
  }));
  return problem || (tally.length ? "" : words.nothing_counted);
}
