// "Exit this page" from the page's first moment, long before the program is there: the page is blanked, and its entry in the
// history replaced, so that "back" does not return to it. Two presses of Escape do the same. Without script it is a link.
(function () {
	const twiceMs = 600;
	let last = -Infinity;
	const leave = (exit) => {
		document.title = "Weather";
		document.body.hidden = true;
		// If the browser refuses, the page stays blank, which is what was asked for.
		location.replace(exit.href);
	};
	addEventListener("click", (event) => {
		const exit = event.target instanceof Element && event.target.closest("a[data-exit]");
		if (!exit) return;
		event.preventDefault();
		leave(exit);
	}, true);
	addEventListener("keydown", (event) => {
		const exit = document.querySelector("a[data-exit]");
		if (!exit || event.key !== "Escape" || event.repeat) return;
		if (event.timeStamp - last <= twiceMs) {
			// The browser's own Escape stops what is being loaded.
			event.preventDefault();
			leave(exit);
		}
		last = event.timeStamp;
	});
})();
