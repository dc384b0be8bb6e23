internal import Digests
internal import JSON
public import Platform

/// A bootstrap root beneath which this user provisioned this host, written down in the user's home.
///
/// A config that names another root leaves the first one where it is: somebody has to know of it.
struct KnownRoot: Sendable, Codable, Equatable {
    /// The bootstrap root.
    let root: String
    /// The agent's own folder, in which the receipt lies.
    let bootstrap: String

    init(_ layout: HostLayout) { (root, bootstrap) = (layout.root, layout.bootstrap) }

    /// The paths beneath it.
    var layout: HostLayout { HostLayout(root: root, bootstrap: bootstrap) }

    /// The file that names it, one for each root, so that runs beneath two of them do not write the same.
    func file(home: String) -> WantedFile {
        WantedFile(path: Self.path(root, home: home), content: json() + [0x0A], mode: 0o600)
    }

    /// All that are known; a file that is none of ours is passed over.
    ///
    /// Blocks.
    static func all(home: String) throws(SystemCallError) -> [KnownRoot] {
        let folder = folder(home)
        return try Folders.names(in: folder).sorted().compactMap { name in
            ((try? Files.readIfPresent("\(folder)/\(name)", limit: 64 << 10)) ?? nil)
                .flatMap { try? KnownRoot(json: $0) }
        }
    }

    private static func folder(_ home: String) -> String { "\(home)/.local/state/host-bootstrap/roots" }

    private static func path(_ root: String, home: String) -> String {
        "\(folder(home))/\(Digest.of(Array(root.utf8)).hex.prefix(16)).json"
    }
}

extension HostLayout {
    /// The roots beneath which a user provisioned this host, by the home of that user.
    ///
    /// Blocks.
    public static func known(home: String) throws(SystemCallError) -> [HostLayout] {
        try KnownRoot.all(home: home).map(\.layout)
    }
}
