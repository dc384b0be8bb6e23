# shellcheck shell=bash
# The test certificate authority, its server certificates, and the trust in it inside hosts.

AUTHORITY_DIR=$CACHE/authority

ensure_authority() { [[ -s $AUTHORITY_DIR/ca.crt ]] || with_lock authority make_authority; }

make_authority() {
    local temporary
    [[ ! -s $AUTHORITY_DIR/ca.crt ]] || return 0
    temporary=$(mktemp -d "$CACHE/.authority.XXXXXX")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj '/CN=host-bootstrap test authority' -addext 'keyUsage=critical,keyCertSign,cRLSign' \
        -keyout "$temporary/ca.key" -out "$temporary/ca.crt" 2>"$temporary/log" || die "openssl: $(<"$temporary/log")"
    rm -rf "$AUTHORITY_DIR"
    mv -T "$temporary" "$AUTHORITY_DIR"
}

# make_certificate DIR NAME … — DIR/server.key and DIR/server.crt, valid for all NAMEs.
make_certificate() {
    local dir=$1 names
    shift
    names=$(printf ',DNS:%s' "$@")
    {
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
            -keyout "$dir/server.key" -out "$dir/server.csr"
        openssl x509 -req -in "$dir/server.csr" -CA "$AUTHORITY_DIR/ca.crt" -CAkey "$AUTHORITY_DIR/ca.key" \
            -CAcreateserial -days 365 -out "$dir/server.crt" \
            -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "${names#,}")
    } 2>"$dir/openssl.log"
    [[ -s $dir/server.crt ]] || die "openssl: $(<"$dir/openssl.log")"
}

# Does what update-ca-certificates would, without its second.
trust_authority() {
    local root=$1 hash
    install -D -m 0644 "$AUTHORITY_DIR/ca.crt" "$root/usr/local/share/ca-certificates/host-bootstrap-test.crt"
    ln -sf /usr/local/share/ca-certificates/host-bootstrap-test.crt "$root/etc/ssl/certs/host-bootstrap-test.pem"
    hash=$(openssl x509 -noout -hash -in "$AUTHORITY_DIR/ca.crt")
    ln -sf host-bootstrap-test.pem "$root/etc/ssl/certs/$hash.0"
    cat "$AUTHORITY_DIR/ca.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
}
