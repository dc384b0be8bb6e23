# shellcheck shell=bash
# Which releases hosts can be of, and what debootstrap needs to know of each.

RELEASES=(bullseye bookworm trixie forky jammy noble resolute)

require_release() {
    local known
    for known in "${RELEASES[@]}"; do [[ ${1:-} != "$known" ]] || return 0; done
    die_usage "a release is one of ${RELEASES[*]}, not \"${1:-}\""
}

distribution() {
    case $1 in
    jammy | noble | resolute) echo ubuntu ;;
    *) echo debian ;;
    esac
}

components() {
    case $(distribution "$1") in
    ubuntu) echo main universe ;;
    *) echo main ;;
    esac
}

# debootstrap knows no release that is younger than itself; all of a distribution are made alike.
debootstrap_script() {
    case $(distribution "$1") in
    ubuntu) echo gutsy ;;
    *) echo sid ;;
    esac
}

# What the release's images have besides, and what others have under that name.
release_packages() {
    case $1 in
    # From 25.10 on, sudo is another program.
    resolute) echo sudo-rs ;;
    esac
}

# Debian 12 has no package of Ubuntu's keys: they are taken from Ubuntu's own, by digest.
UBUNTU_KEYRING=pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb
UBUNTU_KEYRING_SHA256=36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8

# Prints the file with the keys that sign a distribution's archive.
archive_keyring() {
    local file
    file=/usr/share/keyrings/$(distribution "$1")-archive-keyring.gpg
    if [[ -e $file ]]; then echo "$file" && return; fi
    file=$CACHE/ubuntu-archive-keyring.gpg
    [[ -s $file ]] || fetch_ubuntu_keyring "$file"
    echo "$file"
}

fetch_ubuntu_keyring() {
    local package
    package=$(mktemp)
    curl -fsS --retry 3 --proxy "$PROXY_URL" -o "$package" "$(mirror ubuntu)/$UBUNTU_KEYRING"
    sha256sum --check --quiet <<<"$UBUNTU_KEYRING_SHA256  $package"
    dpkg-deb --fsys-tarfile "$package" | tar -xO ./usr/share/keyrings/ubuntu-archive-keyring.gpg >"$1.new"
    rm "$package"
    mv "$1.new" "$1"
}

# Whether the mirror of a release answers at all; not every machine may reach Ubuntu's.
testhost_offered() {
    require_release "${1:-}"
    curl -fsS -o /dev/null --max-time 20 "$(mirror "$(distribution "$1")")/dists/$1/InRelease" 2>/dev/null
}
