import { redisBus } from '@larder/cache/redis';

/* Listens until it is connected, hears itself, closes, and ends by itself: nothing may keep it alive. */

const bus = redisBus({ url: process.argv[2] });
const connection = bus.open({
  async connected() {
    await connection.publish(new TextEncoder().encode('hello'));
  },
  async received(frame) {
    console.log(new TextDecoder().decode(frame));
    await connection.close();
  },
  disconnected() {},
  storeWrote() {},
});
