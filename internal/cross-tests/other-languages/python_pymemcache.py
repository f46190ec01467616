# pymemcache (text protocol): arguments are host, port. Prints what the server answered, one line a step.
import sys
from pymemcache.client.base import Client, PooledClient

host, port = sys.argv[1], int(sys.argv[2])
client = Client((host, port), default_noreply=False)
print('set', client.set('user:42', b'Ada', expire=60, flags=7))
print('get', client.get('user:42'), client.get('absent'))
print('many', sorted(client.set_many({'a': b'1', 'b': b'2'})), sorted(client.get_many(['a', 'b', 'absent']).items()))
print('conditions', client.add('a', b'x'), client.replace('absent', b'x'), client.append('a', b'2'), client.prepend('a', b'0'))
print('after', client.get('a'))
value, token = client.gets('b')
print('cas', value, client.cas('b', b'3', token), client.cas('b', b'4', token), client.get('b'))
client.set('n', b'9')
print('numbers', client.incr('n', 1), client.decr('n', 20), client.incr('absent', 1))
print('touch', client.touch('n', 60), client.touch('absent', 60))
print('delete', client.delete('n'), client.delete('n'))
large = b'v' * 1_000_000
print('large', client.set('large', large), client.get('large') == large)
try:
    client.set('larger', b'v' * 1_100_000)
except Exception as error:
    print('too large', type(error).__name__, error)
print('version', type(client.version()).__name__, client.stats()[b'cmd_set'])
client.set('noreply', b'1', noreply=True)
print('noreply', client.get('noreply'))
pool = PooledClient((host, port), max_pool_size=2)
print('pool', pool.set('pooled', 'x'), pool.get('pooled'))
print('flush', client.flush_all(), client.get('a'))
