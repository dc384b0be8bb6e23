internal import JSON
public import Platform

/// The newest version that a file of releases has led to on this host: no older one is taken from there again, since who holds the
/// server could bring one back for its faults.
extension BundleStore {
    /// The newest version that came from what this address named; nil before the first, and for versions without an order.
    ///
    /// Blocks. It outlasts the versions themselves, which are removed when nobody needs them.
    public func newestSeen(_ name: String, namedBy address: String) throws(SystemCallError) -> String? {
        var known = [try seen(name)[address]]
        // It counts wherever the versions lay.
        for records in formerRecords(name) { known.append(try Self.seen(Self.seenPath(in: records))[address]) }
        // A run that was cut off may have installed one and not written it down.
        let installed = try versions(name, archive: nil).filter { $0.manifest == address }.map(\.version)
        return (installed + known.compactMap(\.self)).filter { VersionOrder($0).isNumbered }
            .max { VersionOrder($0) < VersionOrder($1) }
    }

    /// Writes down what was installed, if a file of releases named it.
    ///
    /// Blocks.
    public func noteSeen(_ record: InstallRecord, of name: String) throws(SystemCallError) {
        guard let address = record.manifest, let newest = try newestSeen(name, namedBy: address) else { return }
        var seen = try seen(name)
        guard seen[address] != newest else { return }
        seen[address] = newest
        try Files.replace(seenPath(name), with: seen.json(indented: true) + [0x0A], mode: 0o644)
    }

    /// Where it is written down; who takes the file away starts anew.
    public func seenPath(_ name: String) -> String { Self.seenPath(in: records(name)) }

    private static func seenPath(in records: String) -> String { "\(records)/.newest-seen" }

    private func seen(_ name: String) throws(SystemCallError) -> [String: String] { try Self.seen(seenPath(name)) }

    private static func seen(_ path: String) throws(SystemCallError) -> [String: String] {
        guard try FileStatus.of(path)?.kind == .file, let bytes = try Files.readIfPresent(path) else { return [:] }
        return (try? [String: String](json: bytes)) ?? [:]
    }
}

/// No version may be older than one that was seen.
public struct LeastVersion: Sendable, Equatable {
    /// The newest version that was seen.
    public let version: String
    /// Where that is written down.
    public let path: String

    /// Names what was seen, and where.
    public init(version: String, path: String) {
        self.version = version
        self.path = path
    }

    /// Refuses what is older; what has no order, such as a commit's digest, is not compared.
    public func accept(_ found: String?, from url: String) throws(BundleError) {
        guard let found else {
            throw .unsuitable(
                path: url, reason: "has no version, and \(version) was seen before",
                remedy:
                    "host-bootstrap bundle pack DIR --bundle-version VERSION, or name its \"version\" in the file of releases"
            )
        }
        if isOlder(found) { throw .replayed(url: url, version: found, seen: version, record: path) }
    }

    /// It is to be refused.
    public func isOlder(_ found: String) -> Bool {
        let order = VersionOrder(found)
        return order.isNumbered && order < VersionOrder(version)
    }
}
