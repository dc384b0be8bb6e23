internal import Glibc
import Platform

/// A folder that root may be asked to make where the host's data lies, and to give away.
struct OwnedFolder {
    let path: String

    /// Beneath these, and never one of them itself.
    private static let places = ["/srv", "/opt", "/mnt", "/media", "/var/lib", "/var/cache", "/var/log"]

    /// Makes it and those above it that are missing; one that is there stays as it is.
    ///
    /// What is there on the way must be the owner's: nobody's folder is built into that of somebody else.
    func make(mode: UInt32, owner name: String) async throws(PrivilegedError) {
        let (place, parts) = try checkedPlace(owner: name)
        guard mode & ~0o777 == 0, mode & 0o002 == 0 else {
            throw .refused(
                what: "a folder that all may write to is not made", place: path,
                hint: "ask for a mode without write permission for others")
        }
        let owner = try await account(name)
        let foreign = try await asRequest(beneath: [place]) { () throws(SystemCallError) in
            try Self.make(parts, in: place, mode, owner)
        }
        if let foreign {
            throw .failed(
                Explanation(
                    "belongs to somebody else, so nothing is made in it", at: foreign,
                    hint:
                        "if it is right: sudo install -d -o \(name) -m \(String(mode, radix: 8)) \(ShellWord.plain(path))"
                ))
        }
    }

    /// Removes it with all that is in it, if it is the owner's; nothing there is fine.
    func remove(owner name: String) async throws(PrivilegedError) {
        let (place, _) = try checkedPlace(owner: name)
        let owner = try await account(name)
        let path = path
        let isForeign = try await asRequest(beneath: [place]) { () throws(SystemCallError) in
            guard let status = try FileStatus.of(path) else { return false }
            guard status.owner == owner.user, status.kind == .folder else { return true }
            try RootFile.refuseLinks(path)
            try Folders.removeTree(path)
            try Files.synchronizeFolder(Files.folder(of: path))
            return false
        }
        guard isForeign else { return }
        throw .refused(what: "it is no folder of \(name)'s", place: path, hint: "look at it, and remove it by hand")
    }

    /// The place that it lies beneath, and the names from there on.
    private func checkedPlace(owner name: String) throws(PrivilegedError) -> (place: String, parts: [String]) {
        guard let place = Self.places.first(where: { path.hasFirstBytes("\($0)/") }) else {
            throw .refused(
                what: "folders are made beneath \(Self.places.joined(separator: ", ")) only", place: path,
                hint:
                    "name another folder in the config, or make it: sudo install -d -o \(name) \(ShellWord.plain(path))"
            )
        }
        let parts = Substring(path.utf8.dropFirst(place.utf8.count + 1)).parts(at: "/").map(String.init)
        guard parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !path.utf8.contains(0) else {
            throw .refused(
                what: "its path is not plain", place: path,
                hint: "name it from the root on, without \"..\", \".\" and doubled slashes")
        }
        return (place, parts)
    }

    /// The answer is the first folder on the way that is somebody else's, nil when it was done.
    private static func make(
        _ parts: [String], in place: String, _ mode: UInt32, _ owner: Account
    ) throws(SystemCallError) -> String? {
        var folder = try Descriptor.open(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        var above = place
        for (index, name) in parts.enumerated() {
            let isLast = index == parts.count - 1
            above += "/\(name)"
            let number = folder.number
            if mkdirat(number, name, 0o700) == 0 {
                let fresh = try folder.openBeneath(name, O_RDONLY | O_DIRECTORY)
                let made = fresh.number
                // The owner last: until then nobody else can change what is looked at here.
                if fchmod(made, isLast ? mode : 0o755) < 0 { throw SystemCallError("fchmod", above, code: errno) }
                if fchown(made, owner.user, owner.group) < 0 { throw SystemCallError("fchown", above, code: errno) }
                folder = fresh
                continue
            }
            guard errno == EEXIST else { throw SystemCallError("mkdirat", above, code: errno) }
            let there = try folder.openBeneath(name, O_RDONLY | O_DIRECTORY)
            guard try FileStatus.of(there, path: above).owner == owner.user else { return above }
            folder = there
        }
        return nil
    }
}
