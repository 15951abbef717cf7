import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpClient, type HttpClient } from '../../src/shopper/http-client.ts';

let server: Server;
let client: HttpClient;

async function open(listener: RequestListener, timeoutMs = 10_000): Promise<void> {
  server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createHttpClient((server.address() as AddressInfo).port, { timeoutMs });
}

afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('the HTTP client', () => {
  it('sends JSON and reads status, JSON, cookies and where it is sent on to', async () => {
    await open((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { accept, cookie, 'content-type': type } = request.headers;
        response.writeHead(303, {
          location: '/there',
          'set-cookie': ['a=1', 'b=2'],
          'content-type': 'application/json; charset=utf-8',
        });
        response.end(
          JSON.stringify({
            accept,
            cookie,
            type,
            body: Buffer.concat(chunks).toString(),
            route: `${request.method} ${request.url}`,
          }),
        );
      });
    });
    const answer = await client.send({
      method: 'POST',
      path: '/x',
      headers: { cookie: 'c=3' },
      body: { productId: '1', quantity: 2 },
    });
    expect(answer).toEqual({
      status: 303,
      port: client.port,
      location: '/there',
      setCookies: ['a=1', 'b=2'],
      json: {
        accept: 'application/json',
        cookie: 'c=3',
        type: 'application/json',
        body: '{"productId":"1","quantity":2}',
        route: 'POST /x',
      },
    });
  });

  it.each([
    ['text/html', '<p>'],
    ['application/json', '{'],
  ])('takes %s "%s" as no JSON', async (type, text) => {
    await open((_request, response) => response.writeHead(200, { 'content-type': type }).end(text));
    expect(await client.send({ method: 'GET', path: '/' })).toMatchObject({ status: 200, json: undefined });
  });

  it('keeps its connection', async () => {
    const ports = new Set<number | undefined>();
    await open((request, response) => {
      ports.add(request.socket.remotePort);
      response.end();
    });
    for (let time = 0; time < 3; time++) await client.send({ method: 'GET', path: '/' });
    expect(ports.size).toBe(1);
  });

  it('says when no answer came in time', async () => {
    await open(() => undefined, 30);
    expect(await client.send({ method: 'GET', path: '/' })).toEqual({
      status: undefined,
      reason: 'TIMEOUT',
      wasSent: true,
      port: client.port,
    });
  });

  it('says when the connection broke, in the middle of the answer too', async () => {
    await open((request, response) => {
      if (request.url === '/half')
        response.writeHead(200, { 'content-length': '10' }).write('12345', () => request.socket.destroy());
      else request.socket.destroy();
    });
    expect(await client.send({ method: 'GET', path: '/' })).toEqual({
      status: undefined,
      reason: 'ECONNRESET',
      wasSent: true,
      port: client.port,
    });
    expect(await client.send({ method: 'GET', path: '/half' })).toEqual({
      status: undefined,
      reason: 'ECONNRESET',
      wasSent: true,
      port: client.port,
    });
  });

  it('says when nobody listens', async () => {
    await open((_request, response) => response.end());
    await new Promise((resolve) => server.close(resolve));
    expect(await client.send({ method: 'GET', path: '/' })).toEqual({
      status: undefined,
      reason: 'ECONNREFUSED',
      wasSent: false,
      port: client.port,
    });
  });
});
