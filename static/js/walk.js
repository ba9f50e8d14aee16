// The round begins where the phone is.

const button = document.getElementById("from-here");
const said = document.getElementById("from-here-said");
const refuse = () => {
  said.textContent = button.dataset.refused;
};

button.addEventListener("click", () => {
  if (!navigator.geolocation) {
    refuse();
    return;
  }
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      const at = `${coords.latitude.toFixed(5)},${coords.longitude.toFixed(5)}`;
      const asked = new URLSearchParams(location.search);
      asked.delete("from");
      asked.delete("noted");
      asked.set("at", at);
      location.assign(`${location.pathname}?${asked}`);
    },
    refuse,
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
  );
});
