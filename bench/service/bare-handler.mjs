// What the service is measured against: node:http and 100 bytes, nothing else.
import { createServer } from 'node:http';

const body = Buffer.alloc(100, 'x');
const headers = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(body.length) };
createServer((_request, response) => {
  response.writeHead(200, headers);
  response.end(body);
}).listen(Number(process.env.PORT), '127.0.0.1');
