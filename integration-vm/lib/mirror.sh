# shellcheck shell=bash
# The Debian mirror and the apt settings of this machine, which its hosts need too.

# The mirror that this machine uses for PART (debian, debian-security), if it is one over http.
mirror() {
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
        grep -v '^ *#' | grep -oE "http://[^] ]+/$1/?( |\$)" | head -n 1) || true
    found=${found:-http://deb.debian.org/$1}
    found=${found%% *}
    printf '%s' "${found%/}"
}

# A proxy that apt needs on this machine, as host:port URL, or nothing.
machine_proxy() {
    local proxy
    proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy | head -n 1)
    [[ ${proxy:-} != DIRECT ]] || proxy=
    printf '%s' "${proxy:-${http_proxy:-}}"
}

# A mirror's snapshot, or a machine whose clock is off, needs these inside as well.
machine_date_checks() {
    apt-config dump | grep -E '^Acquire::(Check-Valid-Until|Check-Date) ' || true
}

apt_sources() {
    local release=$1
    cat <<TEXT
Types: deb
URIs: $(mirror debian)
Suites: $release $release-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $(mirror debian-security)
Suites: $release-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
TEXT
}
