# shellcheck shell=bash
# A real TLS server for the hosts: nginx, serving a folder at /static/ and handing the rest to an upstream.

testhost_serve() {
    local dir='' upstream=9 names=()
    while (($# > 0)); do
        case $1 in
        --name) names+=("${2:?--name needs a host name}") && shift 2 ;;
        --upstream) upstream=${2:?--upstream needs a port} && shift 2 ;;
        -*) die_usage "serve: unknown option \"$1\"" ;;
        *) dir=$1 && shift ;;
        esac
    done
    [[ -d $dir ]] || die_usage "serve: which folder?"
    ((${#names[@]} > 0)) || die_usage "serve: under which --name?"
    ensure_authority
    testhost_unserve
    mkdir -p "$FRONT_DIR"
    with_lock machine claim_front_address
    make_certificate "$FRONT_DIR" "${names[@]}"
    write_front_config "$(readlink -f "$dir")" "$upstream"
    (cd / && setsid nginx -p "$FRONT_DIR/" -c nginx.conf -e error.log </dev/null >"$FRONT_DIR/output" 2>&1) ||
        die "nginx: $(<"$FRONT_DIR/output")"
    printf '%s %s\n' "$(<"$FRONT_DIR/address")" "${names[*]}" >"$FRONT_DIR/hosts"
    write_all_hosts
    cat "$FRONT_DIR/address"
}

# Each checkout has an address of its own, so that all can serve at port 443.
claim_front_address() {
    local number taken
    taken=$(ip -4 -oneline address show dev lo)
    for number in {1..254}; do
        [[ $taken != *" $NETWORK.254.$number/"* ]] || continue
        ip address add "$NETWORK.254.$number/32" dev lo
        printf '%s\n' "$NETWORK.254.$number" >"$FRONT_DIR/address"
        return
    done
    die "no free address left in $NETWORK.254.0/24"
}

# 9 is the discard port: without an upstream nginx answers 502.
write_front_config() {
    cat >"$FRONT_DIR/nginx.conf" <<TEXT
user root;
worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log access.log;
    sendfile on;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 0;
    server {
        listen $(<"$FRONT_DIR/address"):443 ssl http2;
        ssl_certificate server.crt;
        ssl_certificate_key server.key;
        location /static/ { alias $1/; }
        location / {
            proxy_pass http://127.0.0.1:$2;
            proxy_http_version 1.1;
            proxy_set_header Host \$http_host;
            proxy_set_header X-Forwarded-For \$remote_addr;
            proxy_set_header X-Forwarded-Proto https;
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_read_timeout 1h;
        }
    }
}
TEXT
}

front_pid() {
    local pid
    pid=$(cat "$FRONT_DIR/nginx.pid" 2>/dev/null) || return 1
    grep -qzF "$FRONT_DIR" "/proc/$pid/cmdline" 2>/dev/null || return 1
    printf '%s' "$pid"
}

front_is_gone() { ! front_pid >/dev/null; }

testhost_unserve() {
    local pid
    if pid=$(front_pid); then
        kill -TERM "$pid"
        wait_until 10 front_is_gone || die "nginx does not stop: $pid"
    fi
    [[ ! -s $FRONT_DIR/address ]] || ip address delete "$(<"$FRONT_DIR/address")/32" dev lo 2>/dev/null || true
    rm -rf "$FRONT_DIR"
}
