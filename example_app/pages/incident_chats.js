// The chats that make a fault visible, as `make incident` sends them: bounded, paced, counted.
class IncidentChats {
  static AT_ONCE = 3;    // a browser opens six connections to a server, and pages need some themselves
  static MOST = 300;     // whoever leaves the page open pays for no more

  constructor(plan, tell) {
    this.plan = plan;
    this.tell = tell;
    this.sent = this.answered = 0;
    this.refused = new Map();
    this.leaving = new AbortController();
  }
  get over() { return this.leaving.signal.aborted; }
  end() { this.leaving.abort(); }
  async send() {
    const worker = async () => { while (!this.over && this.sent < this.plan.chats) await this.ask(); };
    await Promise.all(Array.from({length: Math.min(this.plan.at_once, IncidentChats.AT_ONCE)}, worker));
    while (!this.over && this.sent < IncidentChats.MOST) {  // an alert is kept above its limit
      await new Promise((done) => setTimeout(done, this.plan.every_seconds * 1000));
      if (!this.over) await this.ask();
    }
  }
  question() {
    const text = this.plan.messages[this.sent % this.plan.messages.length];
    if (this.plan.repeated) return text;
    // New words, so that no cache answers; letters, as a number could be taken for an order.
    const letters = [...crypto.getRandomValues(new Uint8Array(12))].map((each) => String.fromCharCode(97 + each % 26));
    return `${text} My reference is ${letters.join("")}.`;
  }
  async ask() {
    const {template, stream} = this.plan;
    const body = {message: this.question(), template, stream, user_id: "incident"};
    this.sent += 1;
    this.report();
    let problem = null;
    try {
      const response = await fetch("/chat", {method: "POST", headers: {"content-type": "application/json"},
        body: JSON.stringify(body), signal: this.leaving.signal});
      problem = await this.problem(response);
    } catch { problem = "no answer"; }
    if (this.over) return;
    if (problem) this.refused.set(problem, (this.refused.get(problem) || 0) + 1);
    else this.answered += 1;
    this.report();
  }
  async problem(response) {
    const text = await response.text();
    const failed = text.match(/^event: *error\s*\r?\ndata: *(.*)$/m);
    if (response.ok && !failed) return null;
    try { return JSON.parse(failed ? failed[1] : text).error.code; }
    catch { return `HTTP ${response.status}`; }
  }
  report() {
    const parts = [`${this.sent} ${this.sent === 1 ? "chat" : "chats"} sent`];
    if (this.answered) parts.push(`${this.answered} answered`);
    for (const [code, count] of this.refused) parts.push(`${count} failed: ${code}`);
    this.tell(parts.join(" · "));
  }
}
