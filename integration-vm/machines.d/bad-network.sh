# shellcheck shell=bash
# A network that loses and delays packets, on the machine's own interface.

bad_network() {
    local name=bad-network found work
    make_site
    bare_machine "$name" "$1"
    # Enough that packets are lost of it.
    work=$(mktemp -d)
    head -c 1M /dev/urandom >"$work/random.bin"
    tar -C "$work" -czf "$HOST_BOOTSTRAP_SITE/static/random.tar.gz" random.bin
    rm -r "$work"
    "$HERE/site" config "$name" 1.0.0 node_version= node= services= hub= btrfs_image_target_gb= 'apt_packages=["tree"]' \
        "data=[{\"name\": \"random\", \"path\": \"$ROOT/random\", \"files\": [\"random.bin\"],
            \"url\": \"https://hub.test/static/random.tar.gz\",
            \"checksum\": \"$(sha256sum <"$HOST_BOOTSTRAP_SITE/static/random.tar.gz" | cut -d' ' -f1)\"}]" |
        on "$name" tee /srv/host.json >/dev/null
    on "$name" sh -ec "$WORSEN_NETWORK"
    agent "$name" apply
    found=$(on "$name" sh -c 'tc -s qdisc show | sed -n "/netem/,/dropped/s/.*dropped \([0-9]*\).*/\1/p" | paste -sd " "')
    echo "bad network: packets lost each way: $found"
    expect 'packets were lost both ways' 'lost both ways' "$([[ $found =~ ^[1-9][0-9]*\ [1-9][0-9]*$ ]] && echo 'lost both ways')"
    expect 'a second run over it changes nothing' '' "$(changed_steps "$name")"
    agent "$name" plan
    on "$name" --user ops /usr/local/bin/host-bootstrap status --verify --root "$ROOT"
    machine down "$name"
    passed "bad network on $1"
}

# netem holds up what goes out; what comes in goes out of another interface first. 200 ms there and back, 5 % lost each way.
# shellcheck disable=SC2034,SC2016 # the words are the machine's shell's
WORSEN_NETWORK='
    modprobe ifb numifbs=1
    ip link set ifb0 up
    tc qdisc add dev ifb0 root netem delay 100ms loss 5%
    tc qdisc add dev eth0 handle ffff: ingress
    tc filter add dev eth0 parent ffff: matchall action mirred egress redirect dev ifb0
    tc qdisc add dev eth0 root netem delay 100ms loss 5%'
