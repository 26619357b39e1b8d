# Connections over which lines go to and fro, each in a process of its own that outlives this one.
#   talk.pl serve PORT           answers every line with the same, on both families, and pushes one on SIGUSR1
#   talk.pl talk ADDRESS PORT FILE   sends a line every 50 ms; FILE gets the longest wait for an answer, in ms
#   talk.pl idle ADDRESS PORT FILE   connects and is silent; FILE gets what comes
use strict;
use warnings;
use IO::Socket::IP;
use IO::Select;
use Time::HiRes qw(time sleep);

my ($role, @arguments) = @ARGV;

sub serve {
    my ($port) = @_;
    my $listener = IO::Socket::IP->new(LocalHost => "::", LocalPort => $port, Listen => 9, ReuseAddr => 1, V6Only => 0)
      or die "no listener: $@";
    my $select = IO::Select->new($listener);
    $SIG{USR1} = sub { syswrite $_, "pushed\n" for grep { $_ != $listener } $select->handles };
    while (1) {
        for my $ready ($select->can_read) {
            if ($ready == $listener) { $select->add($listener->accept); next }
            if (sysread $ready, my $text, 4096) { syswrite $ready, $text } else { $select->remove($ready); close $ready }
        }
    }
}

sub note {
    my ($file, $text) = @_;
    open my $handle, ">", "$file.new" or die;
    print $handle "$text\n";
    close $handle;
    rename "$file.new", $file;
}

sub connection {
    my ($address, $port) = @_;
    return IO::Socket::IP->new(PeerHost => $address, PeerPort => $port, Timeout => 5) // die "not connected: $@";
}

sub talk {
    my ($address, $port, $file) = @_;
    my ($socket, $longest, $count) = (connection($address, $port), 0, 0);
    my $select = IO::Select->new($socket);
    while (1) {
        my $sent = time;
        syswrite($socket, "line\n") or do { note($file, "reset"); exit };
        note($file, sprintf "silent %d", $count) unless $select->can_read(3);
        sysread($socket, my $text, 4096) or do { note($file, "reset"); exit };
        my $wait = (time - $sent) * 1000;
        $longest = $wait if $wait > $longest;
        note($file, sprintf "%d ms %d", $longest, ++$count);
        sleep 0.05;
    }
}

sub idle {
    my ($address, $port, $file) = @_;
    my $socket = connection($address, $port);
    note($file, "connected");
    while (sysread $socket, my $text, 4096) { note($file, $text) }
    note($file, "reset");
}

{ serve => \&serve, talk => \&talk, idle => \&idle }->{$role}->(@arguments);
