// Filters and sorts the table of questions. The page can be read without.
(() => {
	"use strict";
	const table = document.getElementById("questions");
	const form = document.getElementById("filters");
	if (!table || !form) return;
	const body = table.tBodies[0];
	const rows = [...body.rows].map((row) => ({ row, text: row.textContent.toLowerCase() }));
	const [verdict, direction, search, count] = ["verdict", "direction", "search", "count"].map((id) => document.getElementById(id));

	const filter = () => {
		const wanted = search.value.trim().toLowerCase();
		let shown = 0;
		for (const { row, text } of rows) {
			const of_kind = !verdict.value || (verdict.value === "failed" ? "failed" in row.dataset : row.dataset.verdict === verdict.value);
			const of_way = !direction.value || row.dataset.direction === direction.value;
			row.hidden = !(of_kind && of_way && text.includes(wanted));
			shown += !row.hidden;
		}
		count.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
	};

	const key = (row, column) => {
		const cell = row.cells[column];
		if (cell.dataset.value === undefined) return cell.textContent.toLowerCase();
		return cell.dataset.value === "" ? null : Number(cell.dataset.value);
	};
	const compare = (one, other) => (typeof one === "number" ? one - other : one.localeCompare(other));
	const sort = (heading, column) => {
		const down = heading.getAttribute("aria-sort") === "ascending";
		for (const each of table.tHead.rows[0].cells) each.removeAttribute("aria-sort");
		heading.setAttribute("aria-sort", down ? "descending" : "ascending");
		const keyed = rows.map(({ row }) => ({ row, key: key(row, column) }));
		keyed.sort((one, other) => {
			if (one.key === null || other.key === null) return (one.key === null) - (other.key === null); // none is last
			return (down ? -1 : 1) * compare(one.key, other.key);
		});
		body.append(...keyed.map(({ row }) => row));
	};

	[...table.tHead.rows[0].cells].forEach((heading, column) => {
		const button = document.createElement("button");
		button.type = "button";
		button.textContent = heading.textContent;
		button.addEventListener("click", () => sort(heading, column));
		heading.replaceChildren(button);
	});
	form.addEventListener("submit", (event) => event.preventDefault());
	form.addEventListener("input", filter);
	form.hidden = false;
	filter();
})();
