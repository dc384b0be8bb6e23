import Archives
import Digests
internal import Glibc
public import Platform

extension InstallRecord {
    /// How many of the things that drifted are named.
    private static let most = 20

    /// The first thing that is no longer as it was installed, in words; nil when all is.
    ///
    /// Blocks.
    public func drift(
        in folder: String, _ check: TreeCheck = TreeCheck()
    ) throws(SystemCallError) -> String? { try drifts(in: folder, check).first }

    /// What is no longer as it was installed, in words, the first twenty.
    ///
    /// Blocks.
    ///
    /// Kinds, sizes, modes and owners are compared, and a file is read unless it has the stamp of one that was. What was added
    /// beside is nobody's business here.
    public func drifts(
        in folder: String, _ check: TreeCheck, where isWanted: @escaping @Sendable (PathBytes) -> Bool = { _ in true }
    ) throws(SystemCallError) -> [String] {
        if let words = try troubleOfRecord(check) { return [words] }
        if let words = try troubleOfFolder(folder, check) { return [words] }
        guard let status = try FileStatus.of(listing.path), status.kind == .file else {
            return ["the listing of what was installed is missing"]
        }
        let mark = TreeStamps.Stamp(status), index = check.trustsTimes ? TreeIndex.read(stamps, listing: mark) : nil
        if let index, index.count == entries, index.isUntouched(in: folder, check, where: isWanted) { return [] }
        let known = index?.stamps ?? (check.trustsTimes ? TreeStamps.readFormer(stamps, listing: mark) : nil)
        if known == nil, try !isListingWhole() { return ["the listing of what was installed is damaged"] }
        var reader = try listing.reader(), found: [String] = [], fresh = TreeIndexWriter(), isNew = index == nil
        while let entry = try reader.next() {
            let number = reader.count - 1, before = known.flatMap { number < $0.count ? $0[number] : nil } ?? .none
            var stamp = before
            // Of a folder that is missing, all that was in it says so.
            if isWanted(entry.path), let drift = try entry.drift(in: folder, &stamp, check), !found.contains(drift) {
                found.append(drift)
            }
            isNew = isNew || stamp != before
            if check.remembers { fresh.append(entry, stamp) }
            if found.count == Self.most { return found + ["and more"] }
        }
        if reader.isDamaged || reader.count != entries { return ["the listing of what was installed is damaged"] }
        if check.remembers, isNew { fresh.write(stamps, listing: mark) }
        return found
    }

    /// Takes down how the files lie that were written just now.
    ///
    /// Blocks.
    func stamp(in folder: String) throws(SystemCallError) {
        guard let status = try FileStatus.of(listing.path) else { return }
        var reader = try listing.reader(), tree = OpenTree(folder), fresh = TreeIndexWriter()
        while let entry = try reader.next() {
            var stamp = TreeStamps.Stamp.none
            if case .file(let size, _) = entry.kind {
                var moment = TreeStamps.Stamp.now(), found = try tree.status(of: entry.path)
                // Past the tick in which it was written, or the next run would have to read it, and write this.
                if let last = found, TreeStamps.Stamp.waitOut(last, from: moment) {
                    moment = TreeStamps.Stamp.now()
                    found = try tree.status(of: entry.path)
                }
                if let found, found.kind == .file, found.size == size, found.modified == entry.modified {
                    stamp = .init(found, seenSince: moment)
                }
            }
            fresh.append(entry, stamp)
        }
        fresh.write(stamps, listing: TreeStamps.Stamp(status))
    }

    /// A folder of the tree that is not this owner's, so that nobody but root can put another in its place; nil when all are.
    ///
    /// Blocks.
    public func foreignFolder(in folder: String, owner: UInt32) throws(SystemCallError) -> String? {
        if let status = try FileStatus.of(folder), status.kind == .folder, status.owner != owner { return folder }
        guard try FileStatus.of(listing.path)?.kind == .file else { return nil }
        var reader = try listing.reader()
        while let entry = try reader.next() {
            guard case .folder = entry.kind, let path = PathBytes(folder).appending(entry.path).string else { continue }
            if let status = try FileStatus.of(path), status.kind == .folder, status.owner != owner { return path }
        }
        return nil
    }

    /// Record and listing lie as they were written.
    private func troubleOfRecord(_ check: TreeCheck) throws(SystemCallError) -> String? {
        guard let owner = check.owner else { return nil }
        for path in [place, listing.path] {
            guard let status = try FileStatus.of(path) else { continue }
            let name = Files.name(of: path)
            if status.kind != .file { return "its install record \(name) is a \(status.kind.rawValue)" }
            if status.mode != 0o644 { return "its install record \(name) has another mode" }
            if status.owner != owner { return "its install record \(name) has another owner" }
        }
        return nil
    }

    private func troubleOfFolder(_ folder: String, _ check: TreeCheck) throws(SystemCallError) -> String? {
        guard check.ownsFolder, let status = try FileStatus.of(folder) else { return nil }
        if status.kind != .folder { return "it is a \(status.kind.rawValue)" }
        if status.mode != 0o755 { return "its folder has another mode" }
        return check.owner.map { $0 != status.owner } ?? false ? "its folder has another owner" : nil
    }

    /// Older records do not say what the listing held.
    private func isListingWhole() throws(SystemCallError) -> Bool {
        guard let listingDigest else { return true }
        return try FileDigest.of(listing.path).hex == listingDigest
    }
}

extension UnpackedEntry {
    /// How it differs, in words; nil when it does not.
    ///
    /// The stamp is what it was last seen with, and then what it has now.
    fileprivate func drift(
        in folder: String, _ stamp: inout TreeStamps.Stamp, _ check: TreeCheck
    ) throws(SystemCallError) -> String? {
        let known = stamp
        stamp = .none
        let full = PathBytes(folder).appending(self.path), path = path.shown
        guard let status = try FileStatus.of(full) else { return "\(try missing(in: folder).shown) is missing" }
        if let owner = check.owner, owner != status.owner { return "\(path) has another owner" }
        switch (kind, status.kind) {
        case (.link(let target), .link): return try Files.linkTarget(full) == target ? nil : "\(path) points elsewhere"
        case (.folder, .folder): return status.mode == mode ? nil : "\(path) has another mode"
        case (.file(let size, let digest), .file):
            guard status.mode == mode else { return "\(path) has another mode" }
            guard status.size == size else { return "\(path) has another length" }
            if check.trustsTimes, known == TreeStamps.Stamp(status) {
                stamp = known
                check.tally?.add(read: false)
                return nil
            }
            return try contentDrift(full, status, digest, &stamp, check)
        default: return "\(path) is a \(status.kind.rawValue)"
        }
    }

    private func contentDrift(
        _ full: PathBytes, _ status: FileStatus, _ digest: Digest, _ stamp: inout TreeStamps.Stamp, _ check: TreeCheck
    ) throws(SystemCallError) -> String? {
        let moment = TreeStamps.Stamp.now()
        do throws(SystemCallError) {
            let found = try FileDigest.of(full)
            check.tally?.add(read: true)
            if found != digest { return "\(path.shown) has other content" }
        } catch {
            // Its own mode closes it to everybody.
            guard error.code == EACCES, status.modified == modified else { throw error }
            return nil
        }
        if try FileStatus.of(full) == status { stamp = .init(status, seenSince: moment) }
        return nil
    }

    /// The outermost of what is missing.
    private func missing(in folder: String) throws(SystemCallError) -> PathBytes {
        var parts = path.parts
        while parts.count > 1 {
            if try FileStatus.of(PathBytes(folder).appending(.joined(parts.dropLast()))) != nil { break }
            parts.removeLast()
        }
        return .joined(parts)
    }
}
