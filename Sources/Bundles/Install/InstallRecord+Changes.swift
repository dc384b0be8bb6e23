import Archives
public import Platform

extension InstallRecord {
    /// The first thing in a folder that is not as it was installed, or was added since, in words; nil when there is none.
    ///
    /// Blocks. Every file is looked at, and of every folder the names.
    public func change(in folder: String) throws(SystemCallError) -> String? {
        if let drift = try drift(in: folder) { return drift }
        let known = try paths()
        return try addition(in: PathBytes(folder), beneath: nil, known)
    }

    /// The record of what a killed run was removing from a folder that others use, too; nil when there is none.
    ///
    /// Blocks.
    public static func readDeparting(_ path: String) -> InstallRecord? {
        read(departing(path), listing: listingPath(path))
    }

    static func departing(_ path: String) -> String { "\(path).departing" }

    /// Removes what a record says was installed into a folder that others use, too, and nothing else; then the record.
    ///
    /// Blocks. Call it only when nothing drifted, or after a call that did not come to its end.
    public static func removeInstalled(from folder: String, record path: String) throws(SystemCallError) {
        if try FileStatus.of(path) != nil { try Files.rename(path, to: departing(path)) }
        try readDeparting(path)?.removeInstalled(from: folder)
        try remove(path)
    }

    private func removeInstalled(from folder: String) throws(SystemCallError) {
        let paths = try paths().map { PathBytes(folder).appending($0) }
        // What lies in a folder goes before it.
        for path in paths.sorted(by: { $0.parts.count > $1.parts.count }) {
            switch try FileStatus.of(path)?.kind {
            case .folder: if try Folders.entries(in: path).isEmpty { try Folders.removeTree(path) }
            case nil: continue
            default: try Folders.removeTree(path)
            }
        }
    }

    /// Whether it came with the archive.
    ///
    /// Blocks.
    public func lists(_ path: String) throws(SystemCallError) -> Bool { try paths().contains(PathBytes(path)) }

    private func paths() throws(SystemCallError) -> Set<PathBytes> {
        var reader = try listingReader()
        var known: Set<PathBytes> = []
        while let entry = try reader.next() { known.insert(entry.path) }
        return known
    }

    private func addition(
        in folder: PathBytes, beneath path: PathBytes?, _ known: Set<PathBytes>
    ) throws(SystemCallError) -> String? {
        for name in try Folders.entries(in: folder) {
            let inner = path?.appending(name) ?? name, full = folder.appending(name)
            if try FileStatus.of(full)?.kind == .folder {
                if let found = try addition(in: full, beneath: inner, known) { return found }
                if known.contains(inner) { continue }
                // An archive need not name its folders.
                if try !Folders.entries(in: full).isEmpty { continue }
            }
            if !known.contains(inner) { return "\(inner.shown) was added" }
        }
        return nil
    }
}
