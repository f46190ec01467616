<?php
// php-memcached (libmemcached): arguments are host, port and, to log in by SASL over the binary protocol, a name and a password.
[, $host, $port] = $argv;
$login = array_slice($argv, 3);
function show(string $step, mixed ...$values): void
{
    echo $step, ' ', implode(' ', array_map(fn ($value) => var_export($value, true), $values)), "\n";
}
foreach ($login ? [true] : [false, true] as $binary) {
    $client = new Memcached();
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, $binary);
    if ($login) {
        $client->setSaslAuthData($login[0], $login[1]);
    }
    $client->addServer($host, (int) $port);
    show('set', $client->set('user:42', ['name' => 'Ada'], 60), $client->set('number', 5), $client->set('truth', true));
    show('get', $client->get('user:42')['name'] ?? null, $client->get('number'), $client->get('truth'), $client->get('absent'), $client->getResultCode() === Memcached::RES_NOTFOUND);
    show('many', $client->setMulti(['a' => '1', 'b' => '2']), $client->getMulti(['a', 'b', 'absent']) == ['a' => '1', 'b' => '2']);
    $client->setOption(Memcached::OPT_COMPRESSION, false);
    show('conditions', $client->add('a', 'x'), $client->replace('absent', 'x'), $client->append('a', '2'), $client->prepend('a', '0'), $client->get('a'));
    $found = $client->get('b', null, Memcached::GET_EXTENDED);
    show('cas', $found['value'], $client->cas($found['cas'], 'b', '3'), $client->cas($found['cas'], 'b', '4'), $client->get('b'));
    $client->set('n', 9);
    show('numbers', $client->increment('n', 1), $client->decrement('n', 20), $client->increment('absent', 1));
    show('touch', $client->touch('n', 60), $client->touch('absent', 60));
    $client->setOption(Memcached::OPT_COMPRESSION, true);
    $large = str_repeat('value ', 300000);
    show('compressed', $client->set('large', $large), $client->get('large') === $large);
    $client->setOption(Memcached::OPT_COMPRESSION, false);
    show('plain megabyte', $client->set('large', str_repeat('v', 1000000)), strlen($client->get('large')));
    show('too large', $client->set('larger', str_repeat('v', 1100000)));
    show('delete', $client->delete('n'), $client->delete('n'), array_sum($client->deleteMulti(['a', 'b'])));
    show('stats', array_values($client->getStats())[0]['cmd_set']);
    show('flush', $client->flush(), $client->get('number'));
}
if ($login) {
    $client = new Memcached();
    $client->setOption(Memcached::OPT_BINARY_PROTOCOL, true);
    $client->setSaslAuthData($login[0], 'wrong');
    $client->addServer($host, (int) $port);
    show('wrong password', $client->set('a', '1'));
}
