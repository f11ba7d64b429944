"""Which addresses count as the public internet."""

import pytest

from deskhand.addresses import is_public

REFUSED = {
    "this network": "0.0.0.0",
    "loopback": "127.0.0.1",
    "loopback, far end": "127.255.255.254",
    "private 10": "10.1.2.3",
    "private 172.16": "172.31.255.255",
    "private 192.168": "192.168.0.1",
    "carrier NAT, Alibaba metadata": "100.100.100.200",
    "link-local metadata": "169.254.169.254",
    "Amazon ECS metadata": "169.254.170.2",
    "Oracle metadata": "192.0.0.192",
    "Azure wire server": "168.63.129.16",
    "6to4 relay": "192.88.99.1",
    "benchmark": "198.18.0.1",
    "documentation": "203.0.113.9",
    "multicast": "224.0.0.251",
    "global multicast": "233.1.1.1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "unspecified v6": "::",
    "loopback v6": "::1",
    "unique local": "fd12:3456::1",
    "Amazon metadata v6": "fd00:ec2::254",
    "link-local v6": "fe80::1",
    "link-local v6 with a zone": "fe80::1%2",
    "site-local": "fec0::1",
    "multicast v6": "ff02::1",
    "global multicast v6": "ff0e::1",
    "documentation v6": "2001:db8::1",
    "newer documentation v6": "3fff::1",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "mapped loopback": "::ffff:127.0.0.1",
    "mapped metadata": "::ffff:169.254.169.254",
    "IPv4-compatible": "::7f00:1",
    "NAT64 of a private address": "64:ff9b::10.0.0.1",
    "NAT64 of the metadata address": "64:ff9b::a9fe:a9fe",
    "local-use NAT64": "64:ff9b:1::808:808",
    "6to4 of loopback": "2002:7f00:1::1",
    "6to4 of a private address": "2002:c0a8:1::1",
    "segment routing": "5f00::1",
}
PUBLIC = ("8.8.8.8", "23.1.2.3", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8")


@pytest.mark.parametrize("address", REFUSED.values(), ids=REFUSED.keys())
def test_an_address_off_the_public_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_on_the_public_internet_is_public(address: str) -> None:
    assert is_public(address)
