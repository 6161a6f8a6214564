// Numbered events, one every few milliseconds. Prints those the SDK was told are taken, and what failed, as JSON.
import { setTimeout as pause } from "node:timers/promises";
import { client } from "./clients.mjs";

const asked = JSON.parse(process.argv[2]);
const failed = [];
const taken = [];
const { send, close } = client(asked, failed);
const waiting = [];
for (let n = 0; n < asked.events; n++) {
  const id = `${asked.name}-${n}`;
  const message = { userId: asked.name, event: "Counted", properties: { n: id }, messageId: id };
  waiting.push(new Promise((resolve) => send("track", message, (error) => resolve(error || taken.push(id)))));
  await pause(asked.every);
}
await close();
await Promise.race([Promise.all(waiting), pause(60_000)]);
console.log(JSON.stringify({ taken, failed }));
process.exit(0);
