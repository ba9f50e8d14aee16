// Copies the words of a field at a press, by pointer or keyboard; without it they are chosen by hand.

for (const button of document.querySelectorAll("[data-copy]")) {
  const field = document.getElementById(button.dataset.copy);
  const said = button.parentElement.querySelector("[data-copied]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // Not over plain HTTP, or not allowed: what is chosen can be copied all the same.
      field.select();
      if (!document.execCommand("copy")) return;
    }
    said.textContent = "";
    requestAnimationFrame(() => {
      said.textContent = said.dataset.copied;
    });
  });
}
