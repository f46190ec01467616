# pylibmc (libmemcached): arguments are host, port and, to log in by SASL over the binary protocol, a name and a password.
import sys
import pylibmc

host, port = sys.argv[1:3]
login = dict(zip(['username', 'password'], sys.argv[3:5]))


def replaced(client, key):
    # False by one protocol, an exception by the other.
    try:
        return client.replace(key, 'x')
    except pylibmc.NotFound:
        return False


for binary in [True] if login else [False, True]:
    client = pylibmc.Client([f'{host}:{port}'], binary=binary, behaviors={'cas': True, 'tcp_nodelay': True}, **login)
    print('set', client.set('user:42', {'name': 'Ada'}, time=60), client.set('number', 5), client.set('text', 'é'))
    print('get', client.get('user:42'), client.get('number'), client.get('text'), client.get('absent'))
    print('many', client.set_multi({'a': '1', 'b': '2'}), sorted(client.get_multi(['a', 'b', 'absent']).items()))
    print('conditions', client.add('a', 'x'), replaced(client, 'absent'), client.append('a', '2'), client.prepend('a', '0'), client.get('a'))
    if not binary:
        value, token = client.gets('b')
        print('cas', value, client.cas('b', '3', token))
        try:
            print(client.cas('b', '4', token))
        except pylibmc.Error as error:
            print('cas lost', type(error).__name__)
    client.set('n', 9)
    print('numbers', client.incr('n', 1), client.decr('n', 20))
    try:
        client.incr('absent')
    except pylibmc.NotFound:
        print('incr of nothing')
    print('touch', client.touch('n', 60), client.touch('absent', 60))
    large = 'value ' * 500_000
    print('compressed', client.set('large', large, min_compress_len=1000), client.get('large') == large)
    print('plain megabyte', client.set('large', 'v' * 1_000_000), len(client.get('large')))
    try:
        client.set('larger', 'v' * 1_100_000)
    except pylibmc.Error as error:
        print('too large', type(error).__name__)
    print('delete', client.delete('n'), client.delete('n'))
    print('stats', client.get_stats()[0][1]['cmd_set'])
    print('flush', client.flush_all(), client.get('a'))
if login:
    try:
        pylibmc.Client([f'{host}:{port}'], binary=True, username=login['username'], password='wrong').set('a', '1')
    except pylibmc.Error as error:
        print('wrong password', type(error).__name__)
