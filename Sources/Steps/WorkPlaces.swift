import Bundles
import HostConfig
import Platform

/// Every place in which a run of this host may ever have worked, so that what a killed one left is found.
///
/// A place is written down before anything is made there, and stays when the config leads elsewhere.
struct WorkPlaces {
    private let path: String
    private let known: [String]
    private let new: [String]

    /// The path prefixes of work folders, as ``WorkFolder`` has them: those of former runs, and those of this one.
    var prefixes: [String] { known + new }

    /// Reads which there were.
    ///
    /// Blocks.
    init(of host: Host) throws(SystemCallError) {
        path = Self.path(host.layout)
        let known = try Self.known(host.layout)
        self.known = known
        new = Self.prefixes(host).filter { !known.contains($0) }
    }

    /// The path prefixes of what former runs worked in.
    ///
    /// Blocks.
    static func known(_ layout: HostLayout) throws(SystemCallError) -> [String] {
        guard try FileStatus.of(path(layout))?.kind == .file else { return [] }
        return (try Files.text(path(layout)) ?? "").split(separator: "\n").map(String.init)
    }

    /// The file that names them.
    static func path(_ layout: HostLayout) -> String { "\(layout.bootstrap)/work-places" }

    /// Brings those of this run to the disk.
    ///
    /// Blocks. Only the holder of the run's lock may call this.
    func note() throws(SystemCallError) {
        if new.isEmpty { return }
        if let status = try FileStatus.of(path), status.kind != .file { try Files.moveAside(path) }
        let text = prefixes.map { "\($0)\n" }.joined()
        try Files.replace(path, with: Array(text.utf8), mode: 0o600)
    }

    private static func prefixes(_ host: Host) -> [String] {
        let node = host.node.map { node in
            [node.folder, "\(node.nvm)/merged"].map(ArchiveInstall.stagingPrefix(beside:))
        }
        let data = host.configuration.data.flatMap { FileSet($0.files, in: $0.path).workPrefixes }
        return (node ?? []) + data
    }
}
