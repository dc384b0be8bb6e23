internal import Platform

/// What cloud-init is given for a host's first boot, where it works as root.
///
/// It holds all the host needs but the binary and the config: the stub, the binary's digest, the host's token. It makes the
/// bootstrap user, with sudo, when the image has none of that name; writes the token where the config says, for that
/// user alone; and runs the stub, whose exit code is its own. Each format does the same with the same text: cloud-init's
/// `users` would give sudo to an account that is there already, and its `write_files` would follow as root a link that this user
/// made.
struct UserData {
    /// EC2 refuses more; other clouds take more.
    static let limit = 16384
    private static let stubFile = "/var/lib/host-bootstrap/stub.sh"

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

    /// The whole of it, under ``limit`` as it is: clouds do not all take it compressed.
    func bytes(as format: UserDataFormat) throws(HubError) -> [UInt8] {
        let text =
            switch format {
            case .shell: script([writingStub, start])
            case .cloudConfig: cloudConfig + startOfCloudConfig
            case .multipart: message.text
            }
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.limit else { throw .userDataTooLarge(bytes: bytes.count) }
        return bytes
    }

    // MARK: Formats

    /// A script cut off on its way runs nothing, as its braces do not close.
    private func script(_ parts: [String]) -> String {
        "#!/bin/sh\n# First boot of host \(host.name).\n{\n\(parts.joined(separator: "\n"))\n}\n"
    }

    private var cloudConfig: String {
        """
        #cloud-config
        # First boot of host \(host.name).
        write_files:
        - path: \(Self.stubFile)
          permissions: '0755'
          content: \(YAMLText.block(stubText, after: 2))

        """
    }

    /// As a text and not as a list of words, so that the token is in no process list; in a shell of its own, since other
    /// commands of `runcmd` share the script.
    private var startOfCloudConfig: String {
        "runcmd:\n- \(YAMLText.block("(\n\(start)\n)\n", after: 0))\n"
    }

    private var message: MIMEMessage {
        MIMEMessage(parts: [
            // Lists of other parts are joined with this one's; by default the last part's would replace them.
            .init(
                type: "text/cloud-config", fileName: "host-bootstrap.yaml",
                headers: ["X-Merge-Type: list(append)+dict(recurse_array)+str()"], text: cloudConfig),
            .init(type: "text/x-shellscript", fileName: "host-bootstrap.sh", text: script([start])),
        ])
    }

    // MARK: What is done

    private var stubText: String { String(decoding: stub.script, as: UTF8.self) }

    private var writingStub: String {
        let body = stubText
        var mark = "END_OF_STUB"
        while body.utf8.contains(mark.utf8) { mark += "_" }
        return """
            set -eu
            mkdir -p \(Files.folder(of: Self.stubFile))
            cat >\(Self.stubFile) <<'\(mark)'
            \(body)\(mark)
            chmod 0755 \(Files.folder(of: Self.stubFile)) \(Self.stubFile)
            """
    }

    private var start: String {
        """
        set -eu
        unset NOTIFY_SOCKET
        user=\(ShellWord.quoted(user))
        if ! getent passwd "$user" >/dev/null; then
            useradd --create-home --shell /bin/bash "$user"
            (umask 0337 && printf '%s ALL=(ALL) NOPASSWD:ALL\\n' "$user" >/etc/sudoers.d/90-host-bootstrap)
        fi
        \(delivery.source)
        \(delivery.script)
        export BOOTSTRAP_USER="$user" HOME=/root
        exec /bin/sh \(Self.stubFile)
        """
    }
}
