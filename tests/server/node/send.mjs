// Every call of a server SDK once. Prints what failed, as JSON.
import { client } from "./clients.mjs";

const asked = JSON.parse(process.argv[2]);
const failed = [];
const { send, close } = client(asked, failed);
const { name, then, context } = asked;
const userId = `${name}-u1`;
const done = [];
const tell = (type, message) => done.push(new Promise((resolve) => send(type, message, (error) => resolve(error && failed.push(`${type}: ${error}`)))));

tell("identify", { userId, traits: { email: `${name}@haneul-mail.kr`, name: "김단비", plan: "gold" }, context });
tell("track", { userId, event: "Product Viewed", properties: { product_id: "p1", category: "등산" }, context, timestamp: new Date(then) });
tell("page", { userId, category: "Docs", name: "Start", properties: { url: "https://shop.example/start?token=x&utm_source=naver" } });
tell("screen", { userId, category: "App", name: "Home" });
tell("group", { userId, groupId: `${name}-g`, traits: { industry: "retail" } });
tell("alias", { userId, previousId: `${name}-old` });
tell("track", {
  userId,
  event: "Order Completed",
  properties: {
    order_id: `${name}-o1`,
    total: 25000,
    currency: "KRW",
    products: [
      { product_id: "p1", price: 10000, quantity: 2 },
      { product_id: "p2", price: 5000, quantity: 1 },
    ],
  },
});
await close();
if (asked.wait !== false) await Promise.all(done);
console.log(JSON.stringify({ failed }));
process.exit(0);
