/** The ceiling: node:http and JSON.parse, nothing stored. Prints its port; ends with its parent. */
import { createServer } from 'node:http';

const [status = '200', answer = '{}'] = process.argv.slice(2);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(chunks.length === 1 ? String(chunks[0]) : Buffer.concat(chunks).toString());
    response.writeHead(Number(status), { 'Content-Type': 'application/json', 'Content-Length': answer.length });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
process.on('disconnect', () => process.exit(0));
