# Opens and tries connections, on a host or beside it. Needs nothing but perl-base.
#
#   perl probe.pl listen tcp:5432 udp:53 …   answers on these ports, both families, until standard input ends
#   perl probe.pl connect SECONDS <targets   tries all at once; targets are lines "ID tcp|udp SOURCE ADDRESS PORT"
#                                            (SOURCE may be "-"), answers are lines "ID reached|refused|silent"
use strict;
use warnings;
use Socket qw(:all);
use IO::Select;
use Errno qw(EINPROGRESS ECONNREFUSED);
use Time::HiRes qw(time);

sub endpoint {
    my ($address, $port) = @_;
    return $address =~ /:/
      ? (AF_INET6, pack_sockaddr_in6($port, inet_pton(AF_INET6, $address)))
      : (AF_INET, pack_sockaddr_in($port, inet_pton(AF_INET, $address)));
}

sub new_socket {
    my ($family, $protocol) = @_;
    socket(my $socket, $family, $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!\n";
    $socket->blocking(0);
    return $socket;
}

sub listen_on {
    my %protocol_of;
    my $select = IO::Select->new(\*STDIN);
    for (@_) {
        my ($protocol, $port) = split /:/;
        for my $any ('0.0.0.0', '::') {
            my ($family, $name) = endpoint($any, $port);
            my $socket = new_socket($family, $protocol);
            setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
            setsockopt($socket, IPPROTO_IPV6, IPV6_V6ONLY, 1) if $family == AF_INET6;
            bind($socket, $name) or next;    # something on this host already answers there
            listen($socket, 512) if $protocol eq 'tcp';
            $protocol_of{ fileno $socket } = $protocol;
            $select->add($socket);
        }
    }
    $| = 1;
    print "listening\n";
    while (1) {
        for my $ready ($select->can_read) {
            if ($ready == \*STDIN) { sysread(STDIN, my $rest, 64) or exit 0; next }
            if ($protocol_of{ fileno $ready } eq 'tcp') { accept(my $peer, $ready); next }
            my $from = recv($ready, my $data, 512, 0);
            send($ready, $data, 0, $from) if defined $from;
        }
    }
}

sub connect_all {
    my ($seconds) = @_;
    my (%waiting, %answer);
    for (map { [split] } <STDIN>) {
        my ($id, $protocol, $source, $address, $port) = @$_;
        my ($family, $name) = endpoint($address, $port);
        my $socket = new_socket($family, $protocol);
        bind($socket, (endpoint($source, 0))[1]) or die "bind $source: $!\n" if $source ne '-';
        if (!connect($socket, $name) && $! != EINPROGRESS) {
            $answer{$id} = $! == ECONNREFUSED ? 'refused' : 'silent';
            next;
        }
        send($socket, 'palisade', 0) if $protocol eq 'udp';
        $waiting{ fileno $socket } = { id => $id, protocol => $protocol, socket => $socket };
    }
    my $end = time + $seconds;
    my $resend = time + 1;
    while (%waiting && (my $left = $end - time) > 0) {
        my ($read, $write) = ('', '');
        for (values %waiting) {
            vec($_->{protocol} eq 'tcp' ? $write : $read, fileno $_->{socket}, 1) = 1;
        }
        select($read, $write, undef, $left < 0.5 ? $left : 0.5);
        for my $number (keys %waiting) {
            my $probe = $waiting{$number};
            next unless vec($read | $write, $number, 1);
            if ($probe->{protocol} eq 'tcp') {
                my $error = unpack 'i', getsockopt($probe->{socket}, SOL_SOCKET, SO_ERROR);
                $answer{ $probe->{id} } = $error == 0 ? 'reached' : $error == ECONNREFUSED ? 'refused' : 'silent';
            } else {
                my $got = recv($probe->{socket}, my $data, 512, 0);
                next if !defined $got && $! != ECONNREFUSED;
                $answer{ $probe->{id} } = defined $got ? 'reached' : 'refused';
            }
            delete $waiting{$number};
        }
        if (time > $resend) {
            send($_->{socket}, 'palisade', 0) for grep { $_->{protocol} eq 'udp' } values %waiting;
            $resend = time + 1;
        }
    }
    $answer{ $_->{id} } = 'silent' for values %waiting;
    print "$_ $answer{$_}\n" for sort { $a <=> $b } keys %answer;
}

my ($mode, @arguments) = @ARGV;
$mode eq 'listen' ? listen_on(@arguments) : connect_all(@arguments);
