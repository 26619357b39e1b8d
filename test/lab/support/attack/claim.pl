# Tells the link again and again that addresses are this host's, until standard input ends. Needs nothing but perl-base.
#
#   perl claim.pl ADDRESS...     gratuitous ARP replies (RFC 826) and unsolicited neighbour advertisements with the
#                                override flag (RFC 4861, section 7.2.6), to everybody on the link
use strict;
use warnings;
use Socket qw(:all);
use IO::Select;

sub read_file { open my $file, '<', "/sys/class/net/eth0/$_[0]" or die "$_[0]: $!\n"; chomp(my $line = <$file>); $line }

my $index = read_file('ifindex');
my $mac   = pack 'H12', read_file('address') =~ s/://gr;
my ($packet_family, $every_protocol) = (17, 0x0300);    # AF_PACKET, htons(ETH_P_ALL), packet(7)
socket(my $socket, $packet_family, SOCK_RAW, $every_protocol) or die "socket: $!\n";

sub frame {
    my ($to, $type, $payload) = @_;
    my $name = pack 'SnlSCCa8', $packet_family, $type, $index, 0, 0, 6, $to;
    send($socket, $to . $mac . pack('n', $type) . $payload, 0, $name) or die "send: $!\n";
}

# RFC 1071, over the pseudo-header of RFC 8200 section 8.1.
sub checksum {
    my $sum = 0;
    $sum += $_ for unpack 'n*', $_[0];
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    return ~$sum & 0xffff;
}

sub claim_ipv4 {
    my $address   = inet_pton(AF_INET, $_[0]);
    my $everybody = "\xff" x 6;
    frame($everybody, 0x0806, pack('nnCCn', 1, 0x0800, 6, 4, 2) . $mac . $address . $everybody . $address);
}

sub claim_ipv6 {
    my $address  = inet_pton(AF_INET6, $_[0]);
    my $everyone = inet_pton(AF_INET6, 'ff02::1');
    my $advert   = sub { pack('CCnN', 136, 0, $_[0], 0x20000000) . $address . pack('CC', 2, 1) . $mac };
    my $length   = length $advert->(0);
    my $pseudo   = $address . $everyone . pack('NN', $length, 58);
    my $sum      = checksum($pseudo . $advert->(0));
    my $header   = pack('NnCC', 6 << 28, $length, 58, 255) . $address . $everyone;
    frame("\x33\x33\x00\x00\x00\x01", 0x86dd, $header . $advert->($sum));
}

$| = 1;
my $input = IO::Select->new(\*STDIN);
my $said  = 0;
while (1) {
    for (@ARGV) { /:/ ? claim_ipv6($_) : claim_ipv4($_) }
    print "claimed\n" unless $said++;
    if ($input->can_read(0.1)) { sysread(STDIN, my $rest, 64) or last }
}
