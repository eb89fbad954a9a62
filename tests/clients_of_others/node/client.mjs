// The official npm client of OpenAI's: a line of JSON says what to do, a line what came of it.

import { createInterface } from "node:readline";
import OpenAI from "openai";

const client = new OpenAI({
  baseURL: process.env.TALK_URL,
  apiKey: process.env.TALK_KEY,
  maxRetries: Number(process.env.TALK_RETRIES),
});

async function create(body) {
  return client.chat.completions.create(body);
}

async function stream(body) {
  const chunks = [];
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
    chunks.push(chunk);
  }
  return chunks;
}

async function gather(body) {
  return client.chat.completions.stream(body).finalChatCompletion();
}

async function models() {
  const found = [];
  for await (const model of client.models.list()) {
    found.push(model);
  }
  return found;
}

async function model(id) {
  return client.models.retrieve(id);
}

function refused(error) {
  const { status, code, param, type, requestID } = error;
  return { error: error.constructor.name, status, code, param, type, request_id: requestID };
}

const verbs = { create, stream, gather, models, model };
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, about] = JSON.parse(line);
  const said = await verbs[verb](about).catch(refused);
  process.stdout.write(`${JSON.stringify(said)}\n`);
}
