// One of the TypeScript SDKs as a client of Deskhand's conversations; prints what it got as JSON.
//
//     node converse.cjs NODE_MODULES URL TOKEN v1|v2-legacy|v2-2026-07-28 < SCRIPT
//
// SCRIPT is JSON: a list of {"tool": name, "arguments": {…}} and {"uri": address}. "$conversation" in it stands for the
// conversation that the first call answered.

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const [modules, url, token, dialect] = process.argv.slice(2);
const installed = createRequire(`${modules}/`);
const requestInit = { headers: { Authorization: `Bearer ${token}` } };
const me = { name: "converse", version: "1.0.0" };

async function connected() {
  if (dialect === "v1") {
    const { Client } = installed("@modelcontextprotocol/sdk/client/index.js");
    const { StreamableHTTPClientTransport } = installed("@modelcontextprotocol/sdk/client/streamableHttp.js");
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit });
    const client = new Client(me);
    await client.connect(transport);
    return [client, transport.protocolVersion];
  }
  const { Client, StreamableHTTPClientTransport } = installed("@modelcontextprotocol/client");
  const mode = dialect === "v2-legacy" ? "legacy" : { pin: dialect.slice("v2-".length) };
  const client = new Client(me, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  return [client, client.getNegotiatedProtocolVersion()];
}

async function main() {
  const [client, version] = await connected();
  const listed = (await client.listTools()).tools.map((tool) => tool.name);
  const answers = [];
  let conversation = "";
  for (const step of JSON.parse(readFileSync(0, "utf8"))) {
    const text = JSON.stringify(step).replaceAll("$conversation", conversation);
    const { tool, arguments: given, uri } = JSON.parse(text);
    const answer = uri
      ? await client.readResource({ uri })
      : await client.callTool({ name: tool, arguments: given });
    conversation ||= answer.structuredContent?.conversation ?? "";
    answers.push(answer);
  }
  await client.close();
  console.log(JSON.stringify({ version, listed, answers }));
}

main();
