# python-binary-memcached (binary protocol): arguments are host, port and, to log in, a name and a password.
import sys
import bmemcached

host, port = sys.argv[1:3]
client = bmemcached.Client((f'{host}:{port}',), *sys.argv[3:5])
print('set', client.set('user:42', {'name': 'Ada'}, time=60), client.set('number', 5), client.set('text', 'é'), client.set('bytes', b'\0\1'))
print('get', client.get('user:42'), client.get('number'), client.get('text'), client.get('bytes'), client.get('absent'))
print('many', client.set_multi({'a': '1', 'b': '2'}), sorted(client.get_multi(['a', 'b', 'absent']).items()))
print('conditions', client.add('a', 'x'), client.replace('absent', 'x'), client.replace('a', 'y'))
value, token = client.gets('b')
print('cas', value, client.cas('b', '3', token), client.cas('b', '4', token), client.get('b'))
print('numbers', client.incr('n', 1, default=10), client.incr('n', 5), client.decr('n', 20))
large = 'value ' * 300_000
print('compressed', client.set('large', large, compress_level=6), client.get('large') == large)
print('plain megabyte', client.set('large', 'v' * 1_000_000, compress_level=0), len(client.get('large')))
try:
    client.set('larger', 'v' * 1_100_000, compress_level=0)
except Exception as error:
    print('too large', type(error).__name__, error)
print('delete', client.delete('n'), client.delete('n'), client.delete_multi(['a', 'b']))
print('stats', [stats['cmd_set'] for stats in client.stats().values()])
print('flush', client.flush_all(), client.get('text'))
client.disconnect_all()
if len(sys.argv) > 3:
    try:
        print('wrong password', bmemcached.Client((f'{host}:{port}',), sys.argv[3], 'wrong').set('a', '1'))
    except Exception as error:
        print('wrong password', type(error).__name__)
