/** One request at a time on each of many connections, all of the same operation. */
export function startConnections(sockets, requests, replyBytes, meter) {
  for (const [place, socket] of sockets.entries()) {
    let received = 0;
    let next = place;
    const ask = () => socket.write(requests[next++ % requests.length]);
    socket.onBytes = (count) => {
      received += count;
      if (received < replyBytes) return;
      received -= replyBytes;
      meter.count += 1;
      if (meter.isRunning) ask();
    };
    ask();
  }
}
