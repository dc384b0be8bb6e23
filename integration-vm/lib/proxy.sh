# shellcheck shell=bash
# apt-cacher-ng, one for all checkouts: hosts have no other way to a Debian mirror.

PROXY_DIR=$CACHE/apt
PROXY_URL=http://$PROXY_ADDRESS:$PROXY_PORT

proxy_pid() {
    local pid
    pid=$(cat "$PROXY_DIR/pid" 2>/dev/null) || return 1
    grep -qzF "$PROXY_DIR/conf" "/proc/$pid/cmdline" 2>/dev/null || return 1
    printf '%s' "$pid"
}

proxy_answers() { curl -s -o /dev/null --noproxy '*' --max-time 2 "$PROXY_URL/"; }

start_proxy() { with_lock machine proxy_start_locked; }

proxy_start_locked() {
    local upstream
    ip address replace "$PROXY_ADDRESS/32" dev lo
    if proxy_pid >/dev/null; then return; fi
    mkdir -p "$PROXY_DIR"/{conf,cache,log}
    upstream=$(machine_proxy)
    cat >"$PROXY_DIR/conf/acng.conf" <<TEXT
CacheDir: $PROXY_DIR/cache
LogDir: $PROXY_DIR/log
SupportDir: /usr/lib/apt-cacher-ng
BindAddress: $PROXY_ADDRESS
Port: $PROXY_PORT
ForeGround: 1
ExThreshold: 30
${upstream:+Proxy: $upstream}
TEXT
    setsid apt-cacher-ng -c "$PROXY_DIR/conf" </dev/null >"$PROXY_DIR/log/output" 2>&1 9>&- &
    printf '%s' $! >"$PROXY_DIR/pid"
    wait_until 20 proxy_answers || die "apt-cacher-ng does not answer at $PROXY_URL: $(tail -n 3 "$PROXY_DIR/log/output")"
}

# Whoever removes the last host of the last checkout turns off the light.
stop_unused_proxy() { with_lock machine proxy_stop_locked; }

proxy_stop_locked() {
    local pid
    if compgen -G "$CACHE/hosts/*/*" >/dev/null || compgen -G "$CACHE/trees/.building.*" >/dev/null; then return; fi
    if pid=$(proxy_pid); then
        kill "$pid"
        wait_until 10 proxy_is_gone "$pid" || kill -KILL "$pid"
    fi
    rm -f "$PROXY_DIR/pid"
    ip address delete "$PROXY_ADDRESS/32" dev lo 2>/dev/null || true
}

proxy_is_gone() { ! kill -0 "$1" 2>/dev/null; }
