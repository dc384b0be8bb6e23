import Digests
import Engine
internal import Glibc
import Platform

/// A file that must have one content and mode.
struct WantedFile: Sendable {
    let path: String
    let content: [UInt8]
    let mode: UInt32
    /// Whose it must be, and its group's; nil when that is no matter.
    var owner: UInt32?
    var group: UInt32?
    /// What this user may not read of it is as it was written: the receipt says so.
    var isVouchedFor = false

    /// The file as a thing that is owned.
    var owned: OwnedThing { OwnedThing(.file, path, content: Digest.of(content).hex) }

    /// How what is there differs; nil when it does not.
    ///
    /// Blocks.
    func difference() throws(SystemCallError) -> Difference? {
        guard let status = try FileStatus.of(path) else {
            return Difference(path, found: "absent", wanted: "\(content.count) bytes")
        }
        guard status.kind == .file else { return Difference(path, found: status.kind.rawValue, wanted: "file") }
        if status.mode != mode { return Difference(path, found: octal(status.mode), wanted: octal(mode)) }
        if let owner, status.owner != owner {
            return Difference(path, found: "owner \(status.owner)", wanted: "owner \(owner)")
        }
        if let group, status.group != group {
            return Difference(path, found: "group \(status.group)", wanted: "group \(group)")
        }
        let found: [UInt8]
        do throws(SystemCallError) { found = status.size == content.count ? try Files.read(path) : [] } catch {
            // Another user's, and closed to us: it is written anew, and is ours then.
            guard error.code == EACCES else { throw error }
            return isVouchedFor ? nil : Difference(path, found: "not readable", wanted: "\(content.count) bytes")
        }
        guard found == content else {
            return Difference(path, found: "other content", wanted: "\(content.count) bytes")
        }
        return nil
    }

    /// The same difference with a unified diff, both texts run through `mask` first; nil when there is none.
    ///
    /// Blocks. What cannot be read here, or is no text, has no diff.
    func detailedDifference(mask: (String) -> String = { $0 }) throws(SystemCallError) -> Difference? {
        guard let difference = try difference() else { return nil }
        let old = try FileStatus.of(path)?.kind == .file ? (try? Files.read(path)) ?? [] : []
        guard let before = String(validating: old, as: UTF8.self),
            let after = String(validating: content, as: UTF8.self)
        else { return difference }
        let diff = UnifiedDiff.of(mask(before), mask(after), path: path)
        return Difference(
            difference.what, found: difference.found, wanted: difference.wanted, detail: diff.isEmpty ? nil : diff)
    }

    /// Writes it whole; a folder in its place is moved aside, never removed.
    ///
    /// Blocks.
    func write() throws(SystemCallError) {
        if try FileStatus.of(path)?.kind == .folder {
            try Files.moveAside(path)
        }
        try Files.replace(path, with: content, mode: mode)
    }
}

/// Permission bits as chmod(1) takes them.
func octal(_ mode: UInt32) -> String {
    let digits = String(mode, radix: 8)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}

/// Looks or acts on a thread of its own, and wraps the system's error once.
func onDisk<Value: Sendable>(
    _ body: @escaping @Sendable () throws(SystemCallError) -> Value
) async throws(StepFailure) -> Value {
    do throws(SystemCallError) { return try await onOwnThread(body) } catch { throw StepFailure(error) }
}
