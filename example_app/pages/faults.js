const cards = new Map([...document.querySelectorAll("li")].map((card) => [card.dataset.name, card]));
const said = document.querySelector("output");
const minutes = document.getElementById("minutes");
const drive = document.getElementById("drive");
const chats = new Map();  // a fault's name and the chats that this page sends for it
let skew = 0;  // by how much the agent's clock is ahead of this one, in milliseconds
let lost = false;

function left(until) {
  const seconds = Math.max(0, Math.round((Date.parse(until) - Date.now() - skew) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
function show(card) {
  const active = card.classList.contains("active");
  card.querySelector(".state").textContent = active ? `running, ${left(card.dataset.until)} left` : "off";
  card.querySelector(".start").textContent = active ? "Restart" : "Start";
  card.querySelector(".stop").disabled = !active;
}
function take(fault) {
  const card = cards.get(fault.name);
  if (!card) return;
  card.classList.toggle("active", fault.active);
  card.dataset.until = fault.until || "";
  if (!fault.active) chats.get(fault.name)?.end();
  show(card);
}
async function ask(method, path, body) {
  const options = {method, headers: {accept: "application/json", "content-type": "application/json"}};
  if (body) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  const date = response.headers.get("date");
  const ahead = date ? Date.parse(date) - Date.now() : 0;
  if (Math.abs(ahead) > 5000) skew = ahead;  // less is only the header's own whole seconds
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ? answer.error.message : `HTTP ${response.status}`);
  return answer;
}
async function order(text, work) {
  try { await work(); said.textContent = text; }
  catch (error) { said.textContent = `Not done: ${error.message}`; }
}
function send(name, card) {
  chats.get(name)?.end();
  if (!drive?.checked || !card.dataset.drive) return;
  const told = card.querySelector(".chats");
  const run = new IncidentChats(JSON.parse(card.dataset.drive), (text) => { told.textContent = text; });
  told.hidden = false;
  chats.set(name, run);
  run.send();
}
function stateOf(card, alerts) {
  const {alert, scope} = card.dataset;
  const ours = alerts.filter((each) => each.name === alert && (!scope || each.labels.scope === scope));
  return ours.find((each) => each.state === "firing") || ours.find((each) => each.state === "pending") || ours[0];
}
function alertOf(card, alerts) {
  const state = stateOf(card, alerts);
  const word = state ? state.state : "";
  const line = card.querySelector("span.fires");
  const text = word === "firing" ? `is firing: ${state.description}` : word === "resolved" ? "is resolved" : word || "is quiet";
  if (line.textContent !== text) {
    if (line.classList.contains("firing") || word === "firing") said.textContent = `${card.dataset.alert} ${text}`;
    line.textContent = text;
  }
  line.className = `fires ${word}`;
  card.classList.toggle("fires", word === "firing");
}
async function refresh() {
  try {
    for (const fault of (await ask("GET", "/faults")).faults) take(fault);
    const told = await ask("GET", "/alerts");
    // Beside Prometheus the agent evaluates nothing: the alert inbox has the state then.
    if (told.evaluating) {
      for (const card of cards.values()) if (card.dataset.alert) alertOf(card, told.alerts);
      const look = document.getElementById("window");
      look.textContent = `The rules here look back ${told.window_seconds} s, so an alert is over that long after its cause.`;
      look.hidden = false;
    }
    if (lost) said.textContent = "The agent answers again.";
    lost = false;
  } catch (error) {
    lost = true;
    said.textContent = `The agent does not answer (${error.message}). Is it running?`;
  }
}
for (const [name, card] of cards) {
  const path = "/faults/" + encodeURIComponent(name);
  card.querySelector(".start").onclick = () => {
    if (!minutes.reportValidity()) return;
    const settings = card.dataset.drive ? JSON.parse(card.dataset.drive).settings : {};
    order(`${name} started`, async () => {
      take(await ask("PUT", path, {...settings, duration_seconds: minutes.valueAsNumber * 60}));
      send(name, card);
    });
  };
  card.querySelector(".stop").onclick = () => order(`${name} stopped`, async () => {
    take(await ask("DELETE", path));
    card.querySelector(".start").focus();  // the pressed button is no longer to be had
  });
}
document.getElementById("stop-all").onclick = () => order("All faults stopped", async () => {
  for (const fault of (await ask("DELETE", "/faults")).faults) take(fault);
});
setInterval(() => { for (const card of cards.values()) if (card.dataset.until) show(card); }, 1000);
setInterval(() => { if (!document.hidden) refresh(); }, 3000);
refresh();
