// Opens a ticket for each call and shows it to the agent, with node-zendesk as its users do, and tells what that cost.
//
// Arguments: where the simulated Zendesk is (http://127.0.0.1:PORT), a token for it, how many calls; the seconds of processor
// time are told as JSON.

import { Agent } from 'node:http';
import process from 'node:process';
import { fetch } from 'cross-fetch';
import nodeZendesk from 'node-zendesk';

const [url, token, calls] = process.argv.slice(2);

// By itself it opens a connection for each request; beside programs that do not, it is to keep one as well.
const agent = new Agent({ keepAlive: true });
const transportConfig = {
  transportFn: (address, options) => fetch(address, { ...options, agent }),
  responseAdapter: (response) => ({
    // That a ticket was shown is said without a body, which it does not expect.
    json: async () => JSON.parse((await response.text()).trim() || '{}'),
    status: response.status,
    headers: { get: (name) => response.headers.get(name) },
    statusText: response.statusText,
  }),
};
const zendesk = nodeZendesk.createClient({ endpointUri: `${url}/api/v2`, oauth: true, token, transportConfig });

async function call(n) {
  const number = `+4930${String(10_000_000 + n).padStart(8, '0')}`;
  const ticket = {
    external_id: `node-zendesk:${n}`,
    subject: `Call from ${number}`,
    comment: { body: `Number: ${number}\nGroup: Support\nAgent: Anna Muster\nAnswered: 14:02:05`, public: false },
    requester_id: 400,
    group_id: 71,
    assignee_id: 501,
    tags: ['phone'],
  };
  const { result } = await zendesk.tickets.create({ ticket });
  // It has no name for this one.
  await zendesk.tickets.post(['channels', 'voice', 'agents', 501, 'tickets', result.id, 'display'], {});
}

const seconds = ({ user, system }) => (user + system) / 1e6;

// The first one opens the connection.
await call(0);
const before = process.cpuUsage();
const begun = process.hrtime.bigint();
for (let n = 1; n <= Number(calls); n += 1) {
  await call(n);
}
const wall = Number(process.hrtime.bigint() - begun) / 1e9;
console.log(JSON.stringify({ start: seconds(before), processor: seconds(process.cpuUsage(before)), wall }));
process.exit(0);
