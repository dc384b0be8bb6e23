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
    /// Absolute, or below the user's home with `~/`.
    let tokenFile: String?
    let token: BearerToken?
    let stub: PinnedStub

    /// Reads the user and the token's place from the host's config.
    init(stub: PinnedStub, config: ServedConfig, token: BearerToken?) throws(HubError) {
        host = stub.host
        guard let user = config.user else {
            throw .unusableField(host: host.name, field: "bootstrap_user", reason: "is missing")
        }
        guard SafeName.isValid(user, alsoIn: "._-"), user != "root" else {
            throw .unusableField(host: host.name, field: "bootstrap_user", reason: "cannot be made a user")
        }
        let file = config.tokenFile
        guard file.map({ $0.hasFirstBytes("/") || $0.hasFirstBytes("~/") }) ?? true else {
            throw .unusableField(host: host.name, field: "hub.token.file", reason: "is no absolute path")
        }
        self.user = user
        tokenFile = file
        self.token = token
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
            home=$(getent passwd "$user" | cut -d: -f6)
            \(tokenPart)
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

    private var tokenPart: String {
        guard let tokenFile, let token else { return "# The config names no file for a token: no report will be sent." }
        // The folder is made as the user, so that it is theirs, and as root only where the user may not.
        return """
            file=\(ShellWord.quoted(tokenFile))
            case "$file" in "~/"*) file="$home/${file#"~/"}" ;; esac
            folder=$(dirname "$file")
            [ -d "$folder" ] || runuser -u "$user" -- mkdir -p "$folder" 2>/dev/null || mkdir -p "$folder"
            new=$(mktemp "$folder/.hub-token.XXXXXX")
            printf '%s\\n' \(ShellWord.quoted(token.text)) >"$new"
            chown "$user:" "$new"
            mv -f "$new" "$file"
            """
    }
}
