# Dalli (binary protocol; meta too from 3.1): arguments are host, port and, to log in, a name and a password.
require 'dalli'

Dalli.logger.level = Logger::FATAL
host, port, username, password = ARGV
login = username ? { username: username, password: password } : {}
protocols = username ? [:binary] : [:binary, :meta]
protocols.each do |protocol|
  client = Dalli::Client.new("#{host}:#{port}", login.merge(protocol: protocol, compress: true))
  puts "set #{client.set('user:42', { name: 'Ada' }, 60).is_a?(Integer)} #{client.set('text', 'é', 60, raw: true).is_a?(Integer)}"
  puts "get #{client.get('user:42')} #{client.get('text').force_encoding('UTF-8')} #{client.get('absent').inspect}"
  client.multi { client.set('a', '1', 0, raw: true); client.set('b', '2', 0, raw: true) }
  puts "many #{client.get_multi('a', 'b', 'absent').sort.inspect}"
  puts "conditions #{client.add('a', 'x', 0, raw: true).inspect} #{client.replace('absent', 'x').inspect} #{client.append('a', '2')} #{client.prepend('a', '0')} #{client.get('a')}"
  puts "cas #{client.cas('b') { |value| value + '3' } ? true : false} #{client.get('b')}"
  puts "numbers #{client.incr('n', 1, 0, 10)} #{client.incr('n', 5)} #{client.decr('n', 20)} #{client.incr('absent', 1).inspect}"
  puts "touch #{client.touch('n', 60)} #{client.gat('n', 60)}"
  large = 'value ' * 300_000
  puts "compressed #{client.set('large', large).is_a?(Integer)} #{client.get('large') == large}"
  random = Random.new(1).bytes(1_000_000)
  puts "plain megabyte #{client.set('large', random, 0, raw: true).is_a?(Integer)} #{client.get('large') == random}"
  puts "fetch #{client.fetch('made') { 'once' }} #{client.fetch('made') { 'twice' }}"
  puts "delete #{client.delete('n')} #{client.delete('n')}"
  puts "stats #{client.stats.values.first['cmd_set']}"
  puts "flush #{client.flush.inspect} #{client.get('text').inspect}"
  client.close
end
if username
  begin
    Dalli::Client.new("#{host}:#{port}", username: username, password: 'wrong').set('a', '1')
  rescue Dalli::DalliError => e
    puts "wrong password #{e.class}"
  end
end
