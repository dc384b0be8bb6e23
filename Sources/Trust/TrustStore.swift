internal import Glibc
internal import JSON
internal import Platform

/// Where a host keeps its ``TrustRecord``.
///
/// It stays when the host is uninstalled or its receipt is lost: only who says so on the host makes it forget.
public struct TrustStore: Sendable {
    /// The file.
    public let path: String

    /// The store in a user's home.
    public init(home: String) { path = "\(home)/.local/state/host-bootstrap/trust.json" }

    /// What is remembered; nil when no key was ever given.
    ///
    /// Blocks. A file that cannot be read is no leave to trust anybody.
    public func read() throws(TrustError) -> TrustRecord? {
        let bytes: [UInt8]?
        do throws(SystemCallError) { bytes = try Files.readIfPresent(path, limit: 64 << 10) } catch {
            throw .disk(error)
        }
        guard let bytes else { return nil }
        do { return try TrustRecord(json: bytes) } catch { throw .damagedRecord(path: path) }
    }

    /// Changes it while no other run does.
    ///
    /// Blocks. What the body leaves is on the disk when this returns; nothing is when it throws.
    public func change<Value>(
        _ body: (inout TrustRecord?) throws(TrustError) -> Value
    ) throws(TrustError) -> Value {
        let lock = try locked()
        let before = try read()
        var record = before
        let value = try body(&record)
        guard record != before else { return value }
        do throws(SystemCallError) {
            if let record {
                try Files.replace(path, with: record.json(indented: true) + [0x0A], mode: 0o600)
            } else {
                try Files.remove(path)
            }
        } catch { throw .disk(error) }
        _ = consume lock
        return value
    }

    private func locked() throws(TrustError) -> Descriptor {
        let folder = Files.folder(of: path)
        do throws(SystemCallError) {
            try Folders.make(folder, mode: 0o700)
            let lock = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
            try lock.lock(path: folder)
            return lock
        } catch { throw .disk(error) }
    }

    /// Forgets all of it; false when there was nothing.
    ///
    /// Blocks. A damaged record goes, too.
    public func forget() throws(TrustError) -> Bool {
        do throws(SystemCallError) {
            guard try FileStatus.of(path) != nil else { return false }
            try Files.remove(path)
            return true
        } catch { throw .disk(error) }
    }
}
