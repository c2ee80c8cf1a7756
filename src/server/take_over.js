// Fetches the program and lets it take the page over: as soon as a mouse moves or a key is pressed, or when the page has been
// there for a while. A phone that shows a page has better things to do in its first seconds, and a finger that comes down wants
// its tap answered, not a program; until then links and forms are the browser's.
(function (script, program) {
	const signs = ["pointermove", "keydown"];
	const idle = window.requestIdleCallback || ((work) => setTimeout(work, 50));
	let begun = false;
	const begin = (event) => {
		if (begun || (event.type === "pointermove" && event.pointerType !== "mouse")) return;
		begun = true;
		signs.forEach((sign) => removeEventListener(sign, begin));
		idle(() => {
			const module_or_path = fetch(program);
			import(script).then((part) => part.default({ module_or_path }).then(() => part.hydrate()));
		});
	};
	const wait = (event) => setTimeout(begin, 2500, event);
	signs.forEach((sign) => addEventListener(sign, begin, { passive: true }));
	if (document.readyState === "complete") wait(new Event("load"));
	else addEventListener("load", wait, { once: true });
})
