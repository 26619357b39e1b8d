# One of the ends of the traffic that faults are to disturb. Needs nothing but perl-base.
#
#   perl talk.pl answer PORT          answers each UDP packet with itself, and each TCP connection with a line every 50 ms
#   perl talk.pl ask ADDRESS PORT     sends a numbered UDP packet every 100 ms; prints "sent N" and "back N"
#   perl talk.pl listen ADDRESS PORT  reads such a TCP connection; prints "line N", and "closed" when it ends
#   perl talk.pl crowd ADDRESS PORT SOURCE...
#                                     sends a UDP packet from each of its own addresses every 500 ms; prints "back SOURCE"
#
# The last three end with their standard input.
use strict;
use warnings;
use Socket qw(:all);
use IO::Select;
use Time::HiRes qw(time);

$| = 1;
$SIG{PIPE} = 'IGNORE';
my ($mode, @arguments) = @ARGV;

sub open_socket {
    my ($type, $address, $port) = @_;
    my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
    my $name =
        $family == AF_INET6
      ? pack_sockaddr_in6($port, inet_pton($family, $address))
      : pack_sockaddr_in($port, inet_pton($family, $address));
    socket(my $socket, $family, $type, 0) or die "socket: $!\n";
    return ($socket, $name);
}

sub answer {
    my ($port) = @_;
    my ($udp, $name) = open_socket(SOCK_DGRAM, '::', $port);
    my ($tcp) = open_socket(SOCK_STREAM, '::', $port);
    setsockopt($_, IPPROTO_IPV6, IPV6_V6ONLY, 0) && setsockopt($_, SOL_SOCKET, SO_REUSEADDR, 1) for $udp, $tcp;
    bind($udp, $name) && bind($tcp, $name) && listen($tcp, 64) or die "port $port: $!\n";
    my $select = IO::Select->new($udp, $tcp);
    my %lines;
    my $next = time;
    while (1) {
        my $wait = $next - time;
        for my $ready ($select->can_read($wait > 0 ? $wait : 0)) {
            if ($ready == $udp) {
                my $from = recv($udp, my $packet, 64, 0);
                send($udp, $packet, 0, $from) if defined $from;
            } elsif (accept(my $connection, $tcp)) {
                $connection->blocking(0);
                $lines{ fileno $connection } = [$connection, 0];
            }
        }
        next if time < $next;
        $next += 0.05;
        for (keys %lines) {
            my ($connection, $count) = @{ $lines{$_} };
            my $written = syswrite($connection, "$count\n");
            if (defined $written) { $lines{$_}[1]++ }
            elsif (!$!{EAGAIN}) { delete $lines{$_} }
        }
    }
}

sub ask {
    my ($socket, $name) = open_socket(SOCK_DGRAM, @_);
    $socket->blocking(0);
    connect($socket, $name) or die "connect: $!\n";
    my $select = IO::Select->new($socket, \*STDIN);
    my ($count, $next) = (0, time);
    while (1) {
        if (time >= $next) {
            # What the network says of earlier packets comes as an error of this one, which is sent all the same.
            send($socket, $count, 0) // send($socket, $count, 0);
            print "sent $count\n";
            $count++;
            $next += 0.1;
        }
        my $wait = $next - time;
        for my $ready ($select->can_read($wait > 0 ? $wait : 0)) {
            if ($ready != $socket) { sysread(STDIN, my $rest, 64) or exit }
            elsif (defined recv($socket, my $packet, 64, 0)) { print "back $packet\n" if length $packet }
        }
    }
}

sub listen_to {
    my ($socket, $name) = open_socket(SOCK_STREAM, @_);
    connect($socket, $name) or print("closed\n") && exit;
    my $select = IO::Select->new($socket, \*STDIN);
    my $rest = '';
    while (1) {
        for my $ready ($select->can_read) {
            sysread($ready, my $text, 4096) or print("closed\n") && exit;
            next if $ready != $socket;
            $rest .= $text;
            print "line $1\n" while $rest =~ s/^(\d+)\n//;
        }
    }
}

sub crowd {
    my ($address, $port, @sources) = @_;
    my $select = IO::Select->new(\*STDIN);
    my %source;
    for my $source (@sources) {
        my ($socket, $name) = open_socket(SOCK_DGRAM, $address, $port);
        $socket->blocking(0);
        bind($socket, pack_sockaddr_in6(0, inet_pton(AF_INET6, $source))) && connect($socket, $name) or die "$source: $!\n";
        $select->add($socket);
        $source{$socket} = [$source, $socket];
    }
    my $next = time;
    while (1) {
        if (time >= $next) {
            send($_->[1], '0', 0) // send($_->[1], '0', 0) for values %source;
            $next += 0.5;
        }
        my $wait = $next - time;
        for my $ready ($select->can_read($wait > 0 ? $wait : 0)) {
            my $one = $source{$ready};
            if (!$one) { sysread(STDIN, my $rest, 64) or exit }
            elsif (defined recv($ready, my $packet, 64, 0)) { print "back $one->[0]\n" if length $packet }
        }
    }
}

if ($mode eq 'answer') { answer(@arguments) }
elsif ($mode eq 'ask') { ask(@arguments) }
elsif ($mode eq 'listen') { listen_to(@arguments) }
elsif ($mode eq 'crowd') { crowd(@arguments) }
