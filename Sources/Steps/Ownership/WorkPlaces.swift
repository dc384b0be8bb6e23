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
    /// Something in the file is no place of ours.
    private let isDamaged: Bool

    /// The path prefixes of work folders, as ``WorkFolder`` has them: those of former runs, and those of this one.
    var prefixes: [String] { known + new }

    /// Reads which there were.
    ///
    /// Blocks.
    init(of host: Host) throws(SystemCallError) {
        path = Self.path(host.layout)
        let (known, isDamaged) = try Self.read(host.layout)
        (self.known, self.isDamaged) = (known, isDamaged)
        new = Self.prefixes(host).filter { !known.contains($0) }
    }

    /// The path prefixes of what former runs worked in.
    ///
    /// Blocks.
    static func known(_ layout: HostLayout) throws(SystemCallError) -> [String] { try read(layout).known }

    private static func read(_ layout: HostLayout) throws(SystemCallError) -> (known: [String], isDamaged: Bool) {
        guard try FileStatus.of(path(layout))?.kind == .file else { return ([], false) }
        let text = try Files.text(path(layout)) ?? ""
        let lines = text.byteLines.map(String.init)
        let known = lines.filter(isPlace)
        return (known, known.count < lines.count || !text.isEmpty && text.utf8.last != UInt8(ascii: "\n"))
    }

    /// A line that was cut short would name folders of anybody's: all with digits for a name, where it ends with a slash.
    private static func isPlace(_ line: String) -> Bool {
        let name = Files.name(of: line)
        return line.hasFirstBytes("/") && name.hasSuffix("-")
            && [".staging-", ".host-bootstrap-restoring-"].contains { name.hasPrefix($0) }
    }

    /// The file that names them.
    static func path(_ layout: HostLayout) -> String { "\(layout.bootstrap)/work-places" }

    /// Brings those of this run to the disk.
    ///
    /// Blocks. Only the holder of the run's lock may call this.
    func note() throws(SystemCallError) {
        if new.isEmpty, !isDamaged { return }
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
