# shellcheck shell=bash
# The mirrors and the apt settings of this machine, which its hosts need too.

# The mirror that this machine uses for PART (debian, debian-security, ubuntu), if it is one over http.
mirror() {
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
        grep -v '^ *#' | grep -oE "http://[^] ]+/$1/?( |\$)" | head -n 1) || true
    case $1 in
    ubuntu) found=${found:-http://archive.ubuntu.com/$1} ;;
    *) found=${found:-http://deb.debian.org/$1} ;;
    esac
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

# In the form that the release's own images have: deb822(5), and sources.list(5) before Debian 12 and Ubuntu 24.04.
apt_sources() {
    local release=$1 suites security keyring
    keyring=/usr/share/keyrings/$(distribution "$release")-archive-keyring.gpg
    suites="$release $release-updates" security=$release-security
    case $release in
    bullseye | jammy)
        local suite
        for suite in $suites; do
            echo "deb [signed-by=$keyring] $(mirror "$(distribution "$release")") $suite $(components "$release")"
        done
        echo "deb [signed-by=$keyring] $(security_mirror "$release") $security $(components "$release")"
        ;;
    *)
        cat <<TEXT
Types: deb
URIs: $(mirror "$(distribution "$release")")
Suites: $suites
Components: $(components "$release")
Signed-By: $keyring

Types: deb
URIs: $(security_mirror "$release")
Suites: $security
Components: $(components "$release")
Signed-By: $keyring
TEXT
        ;;
    esac
}

# Where those lines belong.
apt_sources_file() {
    case $1 in
    bullseye | jammy) echo etc/apt/sources.list ;;
    *) echo "etc/apt/sources.list.d/$(distribution "$1").sources" ;;
    esac
}

security_mirror() {
    if [[ $(distribution "$1") == ubuntu ]]; then mirror ubuntu; else mirror debian-security; fi
}
