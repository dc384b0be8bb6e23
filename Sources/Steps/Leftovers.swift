import Bundles
import Platform

/// Temporary files of runs that were killed.
///
/// Only the holder of the run's lock may call this: nobody else writes here.
enum Leftovers {
    /// Removes what was being unpacked, what file replacement left in the folders of the layout, and what a killed stub
    /// left behind an hour ago.
    ///
    /// Blocks.
    static func remove(_ host: Host) throws(SystemCallError) {
        let layout = host.layout
        try WorkPlaces.noted(for: host).sweep()
        var folders = layout.folders.map(\.path) + ["\(layout.bootstrap)/records", "\(host.account.home)/.nvm/alias"]
        for name in try Folders.names(in: layout.bundles) {
            let folder = "\(layout.bundles)/\(name)"
            try WorkFolder.sweep(prefix: host.store.workPrefix(name))
            folders += [folder, "\(folder)/.records"]
        }
        for folder in folders {
            for name in try Folders.names(in: folder) where isTemporary(name) { try Files.remove("\(folder)/\(name)") }
        }
        let hourAgo = (Timestamp.now().milliseconds - 3_600_000) * 1_000_000
        for folder in [layout.bin, layout.bootstrap] {
            for name in try Folders.names(in: folder) where isStubs(name) {
                let path = "\(folder)/\(name)"
                if let status = try FileStatus.of(path), status.modified < hourAgo { try Files.remove(path) }
            }
        }
    }

    /// `NAME.PROCESS.RANDOM.new`, as ``Files/replace(_:with:mode:owner:)`` and the links' switch name theirs.
    static func isTemporary(_ name: String) -> Bool {
        let parts = name.split(separator: ".")
        return parts.count >= 4 && parts.last == "new" && parts.dropLast().suffix(2).allSatisfy(isNumber)
    }

    private static func isStubs(_ name: String) -> Bool {
        ["host-bootstrap.", "bootstrap-config.json."].contains { prefix in
            name.hasPrefix(prefix) && isNumber(name.dropFirst(prefix.count))
        }
    }

    private static func isNumber(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
