const settings = JSON.parse(document.querySelector("meta[name=settings]").content);
const log = document.getElementById("log");
const empty = document.querySelector(".empty");
const form = document.querySelector("form");
const field = document.getElementById("message");
const agent = document.querySelector("select");
const key = document.getElementById("key");
const stop = document.getElementById("stop");
const anew = document.getElementById("anew");
const told = document.querySelector("[data-testid=totals]");
const greeting = told.textContent;
const totals = {answers: 0, tokens: 0, cost: 0, unpriced: 0};
const sessions = {};
let asking = null;  // the controller of the request in flight
key.hidden = !settings.key;
agent.value = settings.template;
document.getElementById("break").hidden = !settings.faults;

function element(tag, text, className, testid) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;   // text only: nothing is ever read as markup
  if (className) made.className = className;
  if (testid) made.dataset.testid = testid;
  return made;
}
function link(text, href, testid) {
  const made = element("a", text, "", testid);
  made.href = href; made.target = "_blank"; made.rel = "noopener";
  return made;
}
function button(text, press, testid) {
  const made = element("button", text, "", testid);
  made.type = "button"; made.onclick = press;
  return made;
}
function fact(value, rest, testid) {
  const made = element("span");
  made.append(element("b", value, "", testid), rest ? " " + rest : "");
  return made;
}
const nav = document.querySelector("nav");
for (const [text, href] of [["Console", "/console/"], ["Faults", settings.faults ? "/faults" : null],
    ["Dashboard", settings.grafana && settings.grafana + "/d/overview"], ["Traces", settings.jaeger],
    ["Alerts", settings.inbox], ["Metrics", "/metrics"]])
  if (href) nav.append(link(text, href));

const examples = [["support", "Where is my order 1042?"], ["support", "I want a refund for order 1044"],
  ["support", "How long does shipping take?"], ["research", "How did ACME perform over the last 30 days?"],
  ["research", "Summarize the ACME annual report"], ["research", "Compare ACME and Globex for an investor"]];
const names = Object.fromEntries([...agent.options].map((each) => [each.value, each.text]));
for (const [kind, text] of examples) {
  const made = button("", () => { agent.value = kind; field.value = text; form.requestSubmit(); }, "example");
  made.append(element("span", text), element("small", names[kind]));
  document.querySelector(".examples").append(made);
}

function money(cost) {
  if (cost === null) return "no known price";
  return cost === 0 ? "$0" : "$" + cost.toFixed(cost < 1 ? 6 : 2);
}
function seconds(milliseconds) { return (milliseconds / 1000).toFixed(2) + " s"; }
function follow(work) {  // keeps the end in sight of who looks at the end; leaves who reads further up
  const page = document.scrollingElement;
  const atEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  work();
  if (atEnd) page.scrollTop = page.scrollHeight;
}
function bubble(className, testid) {
  const made = element("article", undefined, "bubble " + className, testid);
  const parts = {box: made};
  for (const [part, kind] of [["steps", "row steps"], ["text", "text"]]) {
    parts[part] = element("div", undefined, kind, `${testid}-${part}`);
    made.append(parts[part]);
  }
  empty.hidden = true;
  log.append(made);
  document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
  return parts;
}
function step(target, tool) {
  target.append(element("span", `${tool.name} ${tool.duration_ms.toFixed(0)} ms`, "tool " + tool.status, "tool"));
}
function logsOf(request, trace) {
  if (!settings.grafana) return `/console/logs?request_id=${encodeURIComponent(request)}`;
  const found = trace ? `trace_id="${trace}"` : `request_id="${request}"`;
  const panes = JSON.stringify({a: {datasource: "loki", queries: [{refId: "A",
    expr: `{service_name="example-agent"} | ${found}`}], range: {from: "now-1h", to: "now"}}});
  return `${settings.grafana}/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(panes)}`;
}
function thumbs(row, answer) {
  const made = [["up", "Helpful"], ["down", "Not helpful"]].map(([rating, face]) => {
    const thumb = button(face, async () => {
      made.forEach((each) => { each.disabled = true; });
      try {
        const done = await post("/feedback", {trace_id: answer.trace_id, rating});
        if (!done.ok) throw new Error(`HTTP ${done.status}`);
        thumb.textContent = "✓ " + face;
        thumb.setAttribute("aria-pressed", "true");
      } catch (error) {
        thumb.title = `Not taken: ${error.message}`;
        thumb.textContent = face + ": not taken, again?";
        made.forEach((each) => { each.disabled = false; });
      }
    }, "thumb-" + rating);
    thumb.setAttribute("aria-pressed", "false");
    return thumb;
  });
  const both = element("span", undefined, "thumbs");
  both.append(...made);
  row.append(both);
}
function facts(parts, answer, firstWords) {
  const row = element("div", undefined, "row facts", "facts");
  row.append(fact(`${answer.tokens.input} → ${answer.tokens.output}`, "tokens", "tokens"),
    fact(money(answer.cost_usd), "", "cost"), fact(seconds(answer.duration_ms), "", "latency"));
  // Seen from here: what came all at once came after the agent's own time.
  if (firstWords !== null && firstWords < answer.duration_ms) row.append(fact(seconds(firstWords), "to the first words", "first-words"));
  row.append(element("span", answer.model, "", "model"));
  if (answer.cached) row.append(element("span", "from the cache", "", "cached"));
  const ways = element("div", undefined, "row ways");
  const id = encodeURIComponent(answer.trace_id);
  ways.append(link("trace", settings.jaeger ? `${settings.jaeger}/trace/${id}` : `/console/traces/${id}`, "trace"),
    link("logs", logsOf(answer.request_id, answer.trace_id), "logs"),
    link("dashboard", settings.grafana ? settings.grafana + "/d/overview" : "/console/", "dashboard"));
  thumbs(ways, answer);
  parts.box.append(row, ways);
  totals.answers += 1;
  totals.tokens += answer.tokens.input + answer.tokens.output;
  if (answer.cost_usd === null) totals.unpriced += 1; else totals.cost += answer.cost_usd;
  const priced = totals.unpriced ? ` and ${totals.unpriced} without a known price` : "";
  told.textContent = `${totals.answers} ${totals.answers === 1 ? "answer" : "answers"} · `
    + `${totals.tokens.toLocaleString("en")} tokens · ${money(totals.cost)}${priced}`;
}
const hints = {  // what a person may do, where the agent's own sentence does not say it
  too_large: "That is too long: a message may have 64 KiB. It is back in the field below, to be cut.",
  budget_exceeded: "The tenant's budget is spent, so the model was not asked. The console shows who spent it.",
  key_required: "Type your tenant's key beside the message first.",
};
function problem(parts, error, message, kind) {
  parts.box.classList.add("failed");
  const line = element("p", hints[error.code] || error.message, "problem", "problem");
  line.setAttribute("role", "alert");
  const ways = element("div", undefined, "row ways");
  if (error.code === "too_large") field.value ||= message;
  else ways.append(button("Try again", () => { ways.remove(); submit(message, kind); }, "again"));
  if (error.code) ways.append(element("code", error.code, "", "code"));
  if (error.request_id) ways.append(link("logs", logsOf(error.request_id), "logs"));
  if (settings.faults && !(error.code in hints) && error.code !== "rate_limited")
    ways.append(link("is a fault running?", "/faults"));
  parts.box.append(line, ways);
}
function post(path, body, signal) {
  const headers = {"content-type": "application/json"};
  if (settings.key && key.value) headers["x-api-key"] = key.value;
  return fetch(path, {method: "POST", headers, body: JSON.stringify(body), signal});
}
async function* events(response) {
  const decoder = new TextDecoder();
  const reader = response.body.getReader();  // not every browser iterates over a body
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    rest = (rest + decoder.decode(part.value, {stream: true})).replaceAll("\r\n", "\n");
    const whole = rest.split("\n\n");
    rest = whole.pop();
    for (const text of whole) {
      const event = {name: "", data: ""};
      for (const line of text.split("\n")) {
        if (line.startsWith("event:")) event.name = line.slice(6).trim();
        if (line.startsWith("data:")) event.data += line.slice(5).trim();
      }
      if (event.name) yield [event.name, JSON.parse(event.data)];
    }
  }
}
function reason(data) { return {...data.error, request_id: data.request_id}; }
async function refused(response) {
  try { return reason(await response.json()); }
  catch { return {message: `The agent answered HTTP ${response.status}.`}; }
}
async function read(response, parts, kind, began) {
  let firstWords = null;
  for await (const [name, data] of events(response)) {
    if (name === "token") {
      firstWords ??= performance.now() - began;
      follow(() => parts.text.append(data.text));
    }
    if (name === "tool") follow(() => step(parts.steps, data));
    if (name === "error") return reason(data);
    if (name === "done") {
      sessions[kind] = data.session_id;
      follow(() => {
        parts.text.textContent = data.reply;
        parts.steps.replaceChildren();
        for (const tool of data.tools) step(parts.steps, tool);
        facts(parts, data, firstWords);
      });
      return null;
    }
  }
  return {message: "The answer broke off here."};
}
async function ask(message, kind) {
  bubble("mine", "question").text.textContent = message;
  const parts = bubble("theirs busy", "answer");
  const began = performance.now();
  asking = new AbortController();
  let error = null;
  try {
    const body = {message, template: kind, stream: true};
    if (sessions[kind]) body.session_id = sessions[kind];
    const response = await post("/chat", body, asking.signal);
    error = response.ok ? await read(response, parts, kind, began) : await refused(response);
  } catch (thrown) {
    const stopped = asking.signal.aborted;
    const gone = parts.text.textContent ? "The answer broke off here: the connection is gone." : "The agent does not answer. Is it running?";
    error = {message: stopped ? "Stopped." : gone};
  }
  asking = null;
  parts.box.classList.remove("busy");
  if (error) follow(() => problem(parts, error, message, kind));
}
async function submit(message, kind) {
  if (asking) return;
  const send = form.querySelector(".send");
  send.hidden = true; stop.hidden = false; anew.hidden = true;
  await ask(message, kind);
  send.hidden = false; stop.hidden = true; anew.hidden = false;
  field.focus({preventScroll: true});
}
form.onsubmit = (event) => {
  event.preventDefault();
  const message = field.value.trim();
  if (!message || asking) return;
  field.value = "";
  submit(message, agent.value);
};
field.onkeydown = (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
};
stop.onclick = () => asking?.abort();
document.addEventListener("keydown", (event) => { if (event.key === "Escape") asking?.abort(); });
anew.onclick = () => {
  for (const made of log.querySelectorAll(".bubble")) made.remove();
  for (const kind of Object.keys(sessions)) delete sessions[kind];
  Object.assign(totals, {answers: 0, tokens: 0, cost: 0, unpriced: 0});
  told.textContent = greeting;
  empty.hidden = false; anew.hidden = true;
  field.focus();
};
