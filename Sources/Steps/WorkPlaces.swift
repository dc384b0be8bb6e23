import Bundles
import HostConfig
import Platform

/// Every place in which a run of this host may ever have worked, so that what a killed one left is found.
///
/// A place is written down before anything is made there, and stays when the config leads elsewhere.
struct WorkPlaces {
    /// The path prefixes of work folders, as ``WorkFolder`` has them.
    let prefixes: [String]

    /// Those of former runs, and those of this one, which are on the disk when this returns.
    ///
    /// Blocks. Only the holder of the run's lock may call this.
    static func noted(for host: Host) throws(SystemCallError) -> WorkPlaces {
        let path = "\(host.layout.bootstrap)/work-places"
        let known = (try Files.text(path) ?? "").split(separator: "\n").map(String.init)
        let new = prefixes(host).filter { !known.contains($0) }
        if !new.isEmpty {
            let text = (known + new).map { "\($0)\n" }.joined()
            try Files.replace(path, with: Array(text.utf8), mode: 0o600)
        }
        return WorkPlaces(prefixes: known + new)
    }

    private static func prefixes(_ host: Host) -> [String] {
        let node = host.node.map { node in
            [node.folder, "\(node.nvm)/merged"].map(ArchiveInstall.stagingPrefix(beside:))
        }
        let data = host.configuration.data.flatMap { FileSet($0.files, in: $0.path).workPrefixes }
        return (node ?? []) + data
    }

    /// Removes what killed runs left there.
    ///
    /// Blocks.
    func sweep() throws(SystemCallError) {
        for prefix in prefixes { try WorkFolder.sweep(prefix: prefix) }
    }
}
