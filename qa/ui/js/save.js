// Saves what the server told of the conversation as a file; nothing of it goes anywhere else.
watch("value", () => requestAnimationFrame(() => {
  const told = element.querySelector("pre[data-name]");
  if (!told) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([told.textContent], { type: "text/plain;charset=utf-8" }));
  link.download = told.dataset.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}));
