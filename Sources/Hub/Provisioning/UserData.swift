internal import Platform

/// The script that cloud-init runs as root at a host's first boot.
///
/// It holds all it needs but the binary and the config: the stub, the binary's digest, the host's token. It makes the
/// bootstrap user, with sudo, when the image has none of that name; writes the token where the config says, for that
/// user alone; and runs the stub, whose exit code is its own.
struct UserData {
    /// EC2 refuses more; other clouds take more.
    static let limit = 16384

    let host: HostID
    let user: String
    let delivery: TokenDelivery
    let stub: PinnedStub

    /// Reads the user and the token's place from the host's config.
    init(stub: PinnedStub, config: ServedConfig, token: BearerToken) throws(HubError) {
        host = stub.host
        guard let user = config.user else {
            throw .unusableField(host: host.name, field: "bootstrap_user", reason: "is missing")
        }
        guard SafeName.isValid(user, alsoIn: "._-"), user != "root" else {
            throw .unusableField(host: host.name, field: "bootstrap_user", reason: "cannot be made a user")
        }
        guard let file = config.tokenPlace else {
            throw .unusableField(host: host.name, field: "hub.token.file", reason: "is no absolute path")
        }
        self.user = user
        delivery = TokenDelivery(file: file, token: token)
        self.stub = stub
    }

    /// The whole script.
    func script() throws(HubError) -> [UInt8] {
        let body = String(decoding: stub.script, as: UTF8.self)
        var mark = "END_OF_STUB"
        while body.utf8.contains(mark.utf8) { mark += "_" }
        let text = """
            #!/bin/sh
            # First boot of host \(host.name).
            {
            set -eu
            unset NOTIFY_SOCKET
            user=\(ShellWord.quoted(user))
            if ! getent passwd "$user" >/dev/null; then
                useradd --create-home --shell /bin/bash "$user"
                (umask 0337 && printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$user" >/etc/sudoers.d/90-host-bootstrap)
            fi
            \(delivery.script)
            mkdir -p /var/lib/host-bootstrap
            cat >/var/lib/host-bootstrap/stub.sh <<'\(mark)'
            \(body)\(mark)
            chmod 0755 /var/lib/host-bootstrap /var/lib/host-bootstrap/stub.sh
            export BOOTSTRAP_USER="$user" HOME=/root
            exec /bin/sh /var/lib/host-bootstrap/stub.sh
            }

            """
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.limit else { throw .userDataTooLarge(bytes: bytes.count) }
        return bytes
    }
}
